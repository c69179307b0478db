#include "sandbox/origin_exchange.hpp"

#include "http/status.hpp"
#include "sandbox/digest.hpp"
#include "sandbox/fault_delivery.hpp"
#include "sandbox/json.hpp"

#include <utility>

#include <fmt/format.h>

namespace aluvia::sandbox {

OriginExchange::OriginExchange(Wire& wire, const Request& request, Source source)
    : wire_(wire),
      request_(request),
      body_(wire, request),
      source_(std::move(source)),
      keep_open_(request.wants_keep_alive()) {}

asio::awaitable<bool> OriginExchange::digest_body() {
  Sha256 hash;
  for (bool more = true; more;) {
    const BodyPiece piece = co_await body_.next();
    broken_ = piece.failed;
    hash.add(piece.bytes);
    body_bytes_ += piece.bytes.size();
    more = !piece.end && !piece.failed;
  }
  body_sha256_ = hash.hex();
  co_return !broken_;
}

std::string OriginExchange::summary() const {
  return JsonObject()
      .text("via", to_text(source_.route))
      .text("scheme", to_text(source_.scheme))
      .text("method", request_.head().method)
      .text("host", request_.host())
      .text("path", request_.head().target)
      .number("body_bytes", body_bytes_)
      .text("body_sha256", body_sha256_)
      .done();
}

bool OriginExchange::wants_content() const {
  return request_.head().method != "HEAD";
}

// no-store, because a browser that uses its cache hides the route of the request.
std::string OriginExchange::head_text(int status, std::string_view fields, std::string_view length_field) {
  if (body_.is_unasked()) keep_open_ = false;
  std::string_view connection;
  if (!keep_open_) connection = "Connection: close\r\n";
  if (keep_open_ && request_.head().minor == 0) connection = "Connection: keep-alive\r\n";
  return fmt::format("HTTP/1.1 {} {}\r\nX-Sandbox-Via: {}\r\nCache-Control: no-store\r\n{}{}{}\r\n", status,
                     http::reason_phrase(status), to_text(source_.route), fields, length_field, connection);
}

asio::awaitable<void> OriginExchange::start(int status, std::string_view fields,
                                            std::string_view length_field) {
  const std::string head = head_text(status, fields, length_field);
  co_await send(head);
}

asio::awaitable<void> OriginExchange::send(std::string_view bytes) {
  if (broken_) co_return;
  const std::error_code failed = co_await wire_.stream().write(bytes);
  broken_ = bool(failed);
}

asio::awaitable<void> OriginExchange::answer(int status, std::string_view fields, std::string_view content) {
  const bool bodiless = status == 204 || status == 304;
  const std::string length = bodiless ? std::string() : fmt::format("Content-Length: {}\r\n", content.size());
  std::string all = head_text(status, fields, length);
  if (!bodiless && wants_content()) all += content;
  co_await send(all);
}

asio::awaitable<void> OriginExchange::answer_json(int status, std::string_view json) {
  co_await answer(status, "Content-Type: application/json\r\n", json);
}

}  // namespace aluvia::sandbox
