// Makes the origin's page for people, which shows the received request as HTML, text or JSON.
#include "base/ascii.hpp"
#include "sandbox/origin_handlers.hpp"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace aluvia::sandbox {
namespace {

using Row = std::pair<std::string, std::string>;

std::string route_text(const OriginExchange::Source& source) {
  return source.route == Route::direct ? "direct" : "through the gateway";
}

std::string exit_text(const OriginExchange::Source& source) {
  return source.route == Route::direct ? "this machine" : source.exit_address + " (emulated)";
}

std::vector<Row> rows_of(const OriginExchange& exchange) {
  const Request& request = exchange.request();
  const OriginExchange::Source& source = exchange.source();
  return {{"route", route_text(source)},
          {"exit address", exit_text(source)},
          {"scheme", std::string(to_text(source.scheme))},
          {"host", request.host()},
          {"method", std::string(request.head().method)},
          {"path", std::string(request.head().target)}};
}

std::vector<Row> fields_of(const OriginExchange& exchange) {
  std::vector<Row> out;
  for (const http::Field& field : exchange.request().head().fields) out.emplace_back(field.name, field.value);
  return out;
}

// Escapes HTML, so that bytes of a peer stay text in a page.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += c;
  }
  return out;
}

std::string text_of(const OriginExchange& exchange) {
  std::string out = "This site is emulated by aluvia-connect. It saw:\n\n";
  for (const auto& [name, value] : rows_of(exchange)) out += fmt::format("  {:<14}{}\n", name, value);
  out += "\nwith the fields:\n\n";
  for (const auto& [name, value] : fields_of(exchange)) out += fmt::format("  {}: {}\n", name, value);
  return out;
}

std::string table_of(const std::vector<Row>& rows) {
  std::string out = "<table>\n";
  for (const auto& [name, value] : rows)
    out += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", escaped(name), escaped(value));
  return out + "</table>\n";
}

std::string html_of(const OriginExchange& exchange) {
  const std::string host = escaped(exchange.request().host());
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}: {}</title>\n"
      "<meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\">\n"
      "<style>:root{{color-scheme:light dark}}"
      "body{{font:16px/1.5 system-ui,sans-serif;max-width:48em;margin:3em auto;padding:0 1em}}"
      "th{{text-align:left;vertical-align:top;padding-right:1.5em;font-weight:normal;opacity:.7}}"
      "td{{overflow-wrap:anywhere}}</style></head><body>\n"
      "<h1>{}: {}</h1>\n<p>This site is emulated by aluvia-connect. It saw:</p>\n{}"
      "<p>with the fields:</p>\n{}</body></html>\n",
      host, route_text(exchange.source()), host, route_text(exchange.source()), table_of(rows_of(exchange)),
      table_of(fields_of(exchange)));
}

}  // namespace

asio::awaitable<void> answer_visit(OriginExchange& exchange, std::string_view argument) {
  const std::string accept = ascii::to_lower(exchange.request().field("Accept"));
  if (accept.find("application/json") != accept.npos && accept.find("text/html") == accept.npos) {
    co_await answer_summary(exchange, argument);
    co_return;
  }
  const bool wants_html = accept.find("text/html") != accept.npos;
  const std::string page = wants_html ? html_of(exchange) : text_of(exchange);
  co_await exchange.answer(200,
                           wants_html ? "Content-Type: text/html; charset=utf-8\r\nVary: Accept\r\n"
                                      : "Content-Type: text/plain; charset=utf-8\r\nVary: Accept\r\n",
                           page);
}

}  // namespace aluvia::sandbox
