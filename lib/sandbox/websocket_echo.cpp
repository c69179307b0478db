// `/ws`: accepts a WebSocket (RFC 6455 §4.2) and sends every message back, fragment by fragment.
#include "sandbox/origin_handlers.hpp"
#include "sandbox/websocket_frame.hpp"

#include <fmt/format.h>

namespace aluvia::sandbox {
namespace {

std::string close_frame(std::uint16_t code) {
  const std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  return server_frame(true, WebSocketFrame::close, payload);
}

std::string reply_to(const WebSocketFrame& frame) {
  switch (frame.opcode) {
    case WebSocketFrame::pong:
      return {};
    case WebSocketFrame::ping:
      return server_frame(true, WebSocketFrame::pong, frame.payload);
    default:
      return server_frame(frame.final_fragment, frame.opcode, frame.payload);
  }
}

asio::awaitable<void> echo_frames(Wire& wire) {
  for (;;) {
    const WebSocketRead read = read_client_frame(wire.text());
    if (read.wrong != 0) {
      const std::string out = close_frame(read.wrong);
      co_await wire.stream().write(out);
      co_return;
    }
    if (!read.frame) {
      const bool more = co_await wire.fill();
      if (!more) co_return;
      continue;
    }
    wire.consume(read.frame->size);
    const std::string out = reply_to(*read.frame);
    const std::error_code failed = co_await wire.stream().write(out);
    if (failed) co_return;
    if (read.frame->opcode == WebSocketFrame::close) co_return;
  }
}

bool is_handshake(const Request& request) {
  const auto& fields = request.head().fields;
  return request.head().method == "GET" && http::list_contains(fields, "Connection", "upgrade") &&
         http::list_contains(fields, "Upgrade", "websocket") &&
         request.field("Sec-WebSocket-Version") == "13" && !request.field("Sec-WebSocket-Key").empty();
}

}  // namespace

asio::awaitable<void> answer_websocket(OriginExchange& exchange, std::string_view) {
  if (!is_handshake(exchange.request())) {
    co_await exchange.answer(426, "Sec-WebSocket-Version: 13\r\n", "a WebSocket handshake is expected\n");
    co_return;
  }
  const std::string head = fmt::format(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: {}\r\nX-Sandbox-Via: {}\r\n\r\n",
      websocket_accept(exchange.request().field("Sec-WebSocket-Key")), to_text(exchange.route()));
  exchange.end_connection();
  co_await exchange.send(head);
  co_await echo_frames(exchange.wire());
}

}  // namespace aluvia::sandbox
