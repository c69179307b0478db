// Handles the origin's small responses: summaries, raw heads, statuses, pages for browsers, and responses
// that wait.
#include "base/number.hpp"
#include "sandbox/json.hpp"
#include "sandbox/origin_handlers.hpp"

#include <chrono>
#include <vector>

#include <fmt/format.h>

namespace aluvia::sandbox {

asio::awaitable<bool> read_number(OriginExchange& exchange, std::string_view argument,
                                  std::uint64_t& number) {
  const auto parsed = parse_number<std::uint64_t>(argument);
  if (parsed) {
    number = *parsed;
    co_return true;
  }
  co_await exchange.answer_json(400, R"({"error":"a number is expected at the end of the path"})");
  co_return false;
}

asio::awaitable<void> answer_summary(OriginExchange& exchange, std::string_view) {
  const std::string summary = exchange.summary();
  co_await exchange.answer_json(200, summary);
}

asio::awaitable<void> answer_headers(OriginExchange& exchange, std::string_view) {
  std::vector<std::string_view> lines;
  std::string_view rest = exchange.request().raw();
  for (auto end = rest.find("\r\n"); end != std::string_view::npos; end = rest.find("\r\n")) {
    if (end > 0) lines.push_back(rest.substr(0, end));
    rest.remove_prefix(end + 2);
  }
  JsonObject answer;
  answer.text("via", to_text(exchange.route())).raw("lines", json_array(lines, json_quote));
  const std::string json = answer.done();
  co_await exchange.answer_json(200, json);
}

asio::awaitable<void> answer_status(OriginExchange& exchange, std::string_view argument) {
  std::uint64_t status = 0;
  const bool valid = co_await read_number(exchange, argument, status);
  if (!valid) co_return;
  if (status < 200 || status > 599) {
    co_await exchange.answer_json(400, R"({"error":"a final status is 200 to 599"})");
    co_return;
  }
  const std::string summary = exchange.summary();
  co_await exchange.answer_json(static_cast<int>(status), summary);
}

asio::awaitable<void> answer_early(OriginExchange& exchange, std::string_view argument) {
  constexpr std::string_view hints =
      "HTTP/1.1 103 Early Hints\r\nLink: </res/1.js>; rel=preload; as=script\r\n\r\n";
  if (exchange.request().head().minor > 0) co_await exchange.send(hints);
  co_await answer_summary(exchange, argument);
}

asio::awaitable<void> answer_reject(OriginExchange& exchange, std::string_view) {
  exchange.end_connection();
  co_await exchange.answer_json(413, R"({"error":"too large, refused unread"})");
}

asio::awaitable<void> answer_page(OriginExchange& exchange, std::string_view argument) {
  std::uint64_t count = 0;
  const bool valid = co_await read_number(exchange, argument, count);
  if (!valid) co_return;
  std::string page = fmt::format(
      "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>loading</title>\n"
      "<script>window.expected = {};</script>\n",
      count);
  for (std::uint64_t i = 1; i <= count; ++i)
    page += fmt::format("<script async src=\"/res/{}.js\"></script>\n", i);
  page += fmt::format("</head><body><p id=\"via\">{}</p></body></html>\n", to_text(exchange.route()));
  co_await exchange.answer(200, "Content-Type: text/html; charset=utf-8\r\n", page);
}

asio::awaitable<void> answer_script(OriginExchange& exchange, std::string_view) {
  co_await exchange.answer(
      200, "Content-Type: text/javascript\r\n",
      "window.loaded = (window.loaded || 0) + 1;\n"
      "if (window.loaded === window.expected) document.title = 'loaded ' + window.loaded;\n");
}

asio::awaitable<void> answer_silent(OriginExchange& exchange, std::string_view) {
  exchange.end_connection();
  co_await exchange.wire().discard_rest();
}

asio::awaitable<void> answer_slow(OriginExchange& exchange, std::string_view argument) {
  std::uint64_t milliseconds = 0;
  const bool valid = co_await read_number(exchange, argument, milliseconds);
  if (!valid) co_return;
  co_await pause(std::chrono::milliseconds(std::min<std::uint64_t>(milliseconds, 3'600'000)));
  co_await answer_summary(exchange, argument);
}

}  // namespace aluvia::sandbox
