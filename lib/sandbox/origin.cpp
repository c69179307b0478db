#include "sandbox/origin.hpp"

#include "sandbox/json.hpp"
#include "sandbox/origin_handlers.hpp"

#include <array>
#include <string>
#include <utility>

namespace aluvia::sandbox {
namespace {

enum class BodyUse {
  digested,  ///< read to its end before the handler responds
  streamed,  ///< read by the handler
};

struct PathRow {
  std::string_view segment;
  OriginHandler handler;
  BodyUse body = BodyUse::digested;
};

constexpr std::array<PathRow, 15> paths{{
    {"headers", answer_headers},
    {"status", answer_status},
    {"bytes", answer_bytes},
    {"chunked", answer_chunked},
    {"close", answer_close},
    {"download", answer_download},
    {"echo", answer_echo, BodyUse::streamed},
    {"sink", answer_summary},
    {"early", answer_early},
    {"reject", answer_reject, BodyUse::streamed},
    {"page", answer_page},
    {"res", answer_script},
    {"ws", answer_websocket},
    {"silent", answer_silent, BodyUse::streamed},
    {"slow", answer_slow},
}};

// Returns for "/bytes/100" the row of "bytes", and leaves "100".
const PathRow& find_row(std::string_view path, bool has_pages, std::string_view& argument) {
  static constexpr PathRow anything{"", answer_summary};
  static constexpr PathRow any_page{"", answer_visit};
  if (path.starts_with('/')) path.remove_prefix(1);
  const auto slash = path.find('/');
  argument = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  for (const PathRow& row : paths) {
    if (row.segment == path.substr(0, slash)) return row;
  }
  return has_pages ? any_page : anything;
}

}  // namespace

asio::awaitable<void> Origin::serve(Wire& wire, Scheme scheme) {
  struct Forgets {  // also when the task is cancelled
    Forgets(RouteRegistry& r, RouteRegistry::Ports p) : registry(r), ports(p) {}
    ~Forgets() { registry.forget(ports); }
    RouteRegistry& registry;
    RouteRegistry::Ports ports;
  };
  const Forgets connection(registry_, RouteRegistry::ports_at_origin(wire.stream().socket()));
  for (;;) {
    Request request;
    const ReadEnd end = co_await request.read(wire);
    if (end == ReadEnd::closed) co_return;
    Source source{registry_.of(connection.ports), scheme, registry_.exit_address(connection.ports)};
    if (end == ReadEnd::wrong) {
      OriginExchange exchange(wire, request, std::move(source));
      exchange.end_connection();
      const std::string why = JsonObject().text("error", request.error().why).done();
      co_await exchange.answer_json(request.error().status, why);
      co_return;
    }
    const bool goes_on = co_await serve_request(wire, request, std::move(source));
    if (!goes_on) co_return;
  }
}

void Origin::record(const Request& request, const Source& source) {
  SeenRequest seen{source.route, source.scheme, std::string(request.head().method), request.host(),
                   std::string(request.head().target)};
  book_.change([&](Record& record) { record.requests.push_back(std::move(seen)); });
}

asio::awaitable<bool> Origin::serve_request(Wire& wire, const Request& request, Source source) {
  record(request, source);
  OriginExchange exchange(wire, request, std::move(source));
  std::string_view argument;
  const PathRow& row = find_row(request.path(), has_pages_, argument);
  if (row.body == BodyUse::digested) {
    const bool whole = co_await exchange.digest_body();
    if (!whole) co_return false;
  }
  co_await row.handler(exchange, argument);
  co_return exchange.keeps_open();
}

}  // namespace aluvia::sandbox
