// Forwards an absolute-form request: head and body go up while responses come down. The end of the response
// ends the exchange. All fields but Proxy-Authorization are forwarded unchanged, so that the origin shows
// what the gateway received.
#include "base/ascii.hpp"
#include "http/body_meter.hpp"
#include "sandbox/gateway.hpp"
#include "sandbox/tunnel.hpp"

#include <string>

#include <asio/experimental/awaitable_operators.hpp>

namespace aluvia::sandbox {
namespace {

std::string outgoing_head(const Request& request, std::string_view path) {
  std::string out(request.head().method);
  out.append(" ")
      .append(path)
      .append(" HTTP/1.")
      .append(request.head().minor == 0 ? "0" : "1")
      .append("\r\n");
  for (const http::Field& field : request.head().fields) {
    if (ascii::equals_ignoring_case(field.name, "Proxy-Authorization")) continue;
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  return out + "\r\n";
}

/// Moves one body with its framing; false if it ended early or the receiver is gone.
asio::awaitable<bool> move_body(Wire& from, Wire& to, http::Framing framing) {
  http::BodyMeter meter(framing);
  while (!meter.is_complete()) {
    if (from.text().empty()) {
      const bool more = co_await from.fill();
      if (!more) co_return meter.at_end().is_done();
    }
    const http::Progress progress = meter.measure(from.text());
    if (progress.is_wrong()) co_return false;
    const std::size_t count = progress.is_done() ? progress.consumed() : from.text().size();
    const std::error_code failed = co_await to.stream().write(from.text().substr(0, count));
    if (failed) co_return false;
    from.consume(count);
  }
  co_return true;
}

/// The result of relaying a response: both connections can be used again, or not, or became a tunnel.
enum class Down { reusable, used_up, switched };

asio::awaitable<Down> move_answers(Wire& upstream, Wire& client, const Request& request) {
  for (;;) {
    http::ResponseHeadReader reader;
    http::Progress progress = reader.read(upstream.text());
    while (progress.needs_more()) {
      const bool more = co_await upstream.fill();
      if (!more) co_return Down::used_up;
      progress = reader.read(upstream.text());
    }
    if (progress.is_wrong()) co_return Down::used_up;
    const int status = reader.head().status;
    const auto framing = http::response_framing(reader.head(), request.head().method);
    const bool keep = http::wants_keep_alive(reader.head().minor, reader.head().fields);
    if (!framing) co_return Down::used_up;
    const std::error_code failed =
        co_await client.stream().write(upstream.text().substr(0, progress.consumed()));
    if (failed) co_return Down::used_up;
    upstream.consume(progress.consumed());
    if (status == 101) co_return Down::switched;
    if (status / 100 == 1) continue;
    const bool whole = co_await move_body(upstream, client, *framing);
    const bool ends = !keep || framing->kind == http::BodyKind::until_close || !request.wants_keep_alive();
    co_return whole && !ends ? Down::reusable : Down::used_up;
  }
}

/// Moves the request's body, then watches the client: passes its half-close on, and ends the exchange with
/// its connection.
asio::awaitable<void> move_request(Wire& client, Wire& upstream, http::Framing framing, bool& body_moved) {
  const bool moved = co_await move_body(client, upstream, framing);
  body_moved = moved;
  if (!body_moved) {
    // The origin may have rejected the body, and its response may be under way, so only the response ends the
    // exchange.
    if (!client.text().empty()) co_await wait_forever();
    co_return;
  }
  if (client.text().empty()) {
    const Arrival arrival = co_await client.stream().wait_for_input();
    if (arrival == Arrival::broken) co_return;
    if (arrival == Arrival::end) co_await upstream.stream().shutdown_send();
  }
  co_await wait_forever();
}

}  // namespace

asio::awaitable<bool> run_exchange(Wire& client, const Request& request, std::string_view path,
                                   Wire& upstream) {
  using namespace asio::experimental::awaitable_operators;
  const std::string head = outgoing_head(request, path);
  const std::error_code failed = co_await upstream.stream().write(head);
  if (failed) co_return false;
  bool body_moved = false;
  const auto first = co_await (move_answers(upstream, client, request) ||
                               move_request(client, upstream, request.framing(), body_moved));
  if (first.index() != 0) co_return false;
  const Down down = std::get<0>(first);
  if (down == Down::switched) co_await run_tunnel(client, upstream);
  co_return down == Down::reusable&& body_moved;
}

}  // namespace aluvia::sandbox
