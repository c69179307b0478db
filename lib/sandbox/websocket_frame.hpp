// Parses and writes the WebSocket frames that an echo needs (RFC 6455 §5), without I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aluvia::sandbox {

struct WebSocketFrame {
  static constexpr std::uint8_t text = 1, binary = 2, close = 8, ping = 9, pong = 10;

  bool final_fragment = true;
  std::uint8_t opcode = 0;
  std::string payload;
  std::size_t size = 0;  ///< of the frame, in bytes
};

/// `wrong` is the close code for a frame that a client must not send.
struct WebSocketRead {
  std::optional<WebSocketFrame> frame;  ///< empty and wrong == 0: more bytes are needed
  std::uint16_t wrong = 0;
};

/// Parses a client's frame at the front of `bytes`: masked, without extension bits, at most 16 MiB.
WebSocketRead read_client_frame(std::string_view bytes);

/// Returns a server's frame.
std::string server_frame(bool final_fragment, std::uint8_t opcode, std::string_view payload);

/// Returns the Sec-WebSocket-Accept for a Sec-WebSocket-Key (§4.2.2).
std::string websocket_accept(std::string_view key);

}  // namespace aluvia::sandbox
