// WebSocket frames (RFC 6455 §5), sans I/O, as far as an echo needs them.
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
  std::size_t size = 0;  ///< bytes that the frame took
};

/// `wrong` is the close code for a frame that a client must not send.
struct WebSocketRead {
  std::optional<WebSocketFrame> frame;  ///< empty and wrong == 0: more bytes are needed
  std::uint16_t wrong = 0;
};

/// A client's frame at the front of `bytes`: masked, without extension bits, 16 MiB at most.
WebSocketRead read_client_frame(std::string_view bytes);

/// A server's frame.
std::string server_frame(bool final_fragment, std::uint8_t opcode, std::string_view payload);

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key (§4.2.2).
std::string websocket_accept(std::string_view key);

}  // namespace aluvia::sandbox
