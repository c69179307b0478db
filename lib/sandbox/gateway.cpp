#include "sandbox/gateway.hpp"

#include "sandbox/tunnel.hpp"

#include <utility>
#include <vector>

#include <asio/connect.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace aluvia::sandbox {
namespace {

constexpr std::string_view established = "HTTP/1.1 200 Connection established\r\n\r\n";

asio::awaitable<bool> connect_any(tcp::socket& socket, const std::vector<tcp::endpoint>& endpoints) {
  for (const tcp::endpoint& endpoint : endpoints) {
    std::error_code error;
    socket.close(error);
    co_await socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
    if (!error) co_return true;
  }
  co_return false;
}

asio::awaitable<std::vector<tcp::endpoint>> resolve(asio::io_context& context,
                                                    const http::Authority& authority) {
  tcp::resolver resolver(context);
  std::error_code error;
  const std::string port = std::to_string(authority.port);
  const auto found =
      co_await resolver.async_resolve(authority.host, port, asio::redirect_error(asio::use_awaitable, error));
  std::vector<tcp::endpoint> endpoints;
  for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  co_return endpoints;
}

bool is_open_head(std::string_view raw) {
  return raw.size() > 12 && raw.starts_with("HTTP/1.") && raw.substr(8, 2) == " 2" &&
         raw.find("\r\n\r\n") != std::string_view::npos;
}

asio::awaitable<bool> send_answer(Wire& client, const Answer& answer) {
  const std::string all = answer.head + answer.body;
  const std::error_code failed = co_await client.stream().write(all);
  co_return !failed;
}

}  // namespace

Answer gateway_answer(int status, std::string_view why) {
  std::string fields = "Content-Type: text/plain\r\n";
  if (status == 407) fields += "Proxy-Authenticate: Basic realm=\"Aluvia sandbox\"\r\n";
  std::string body = fmt::format("{}\n", why);
  std::string head = response_head(status, fields, body.size());
  return {std::move(head), std::move(body)};
}

asio::awaitable<void> Gateway::serve(Wire& client) {
  const bool has_resumed = client.stream().has_resumed();
  book_.change([has_resumed](Record& record) {
    ++record.gateway_connections;
    if (has_resumed) ++record.gateway_resumed;
  });
  Upstream upstream;
  for (;;) {
    Request request;
    const ReadEnd end = co_await request.read(client);
    if (end == ReadEnd::closed) co_return;
    if (end == ReadEnd::wrong) {
      const Answer answer = gateway_answer(request.error().status, request.error().why);
      co_await send_answer(client, answer);
      co_return;
    }
    const bool goes_on = co_await serve_request(client, request, upstream);
    if (!goes_on) co_return;
  }
}

bool Gateway::has_credentials(const Request& request) const {
  const std::string_view given = request.field("Proxy-Authorization");
  return !given.empty() && given == user_.authorization();
}

void Gateway::record(const http::Authority& authority, int status) {
  SeenConnect seen{authority.host, authority.port, status};
  book_.change([&](Record& record) { record.connects.push_back(std::move(seen)); });
}

asio::awaitable<bool> Gateway::serve_request(Wire& client, const Request& request, Upstream& upstream) {
  const auto target = http::parse_target(request.head());
  const bool usable =
      target && (target->form == http::TargetForm::authority || target->form == http::TargetForm::absolute);
  if (!usable) {
    const Answer answer = target ? gateway_answer(400, "this is a proxy")
                                 : gateway_answer(target.error().status, target.error().why);
    co_await send_answer(client, answer);
    co_return false;
  }
  if (target->form == http::TargetForm::authority) {
    co_return co_await serve_connect(client, target->authority, request);
  }
  co_return co_await forward(client, request, *target, upstream);
}

asio::awaitable<bool> Gateway::serve_connect(Wire& client, const http::Authority& authority,
                                             const Request& request) {
  if (const auto fault = faults_.take()) co_return co_await connect_fault(client, authority, *fault);
  if (!has_credentials(request)) {
    record(authority, 407);
    const Answer answer = gateway_answer(407, "the proxy credentials are missing or wrong");
    co_return co_await send_answer(client, answer);
  }
  co_await open_tunnel(client, authority, established);
  co_return false;
}

asio::awaitable<bool> Gateway::connect_fault(Wire& client, const http::Authority& authority,
                                             const Fault& fault) {
  const bool opens = fault.kind == FaultKind::dribble && (fault.status == 0 || fault.status / 100 == 2);
  const Answer right =
      opens ? Answer(std::string(established), "") : gateway_answer(502, "stalled on purpose");
  const Answer answer = faulty_answer(fault, right);
  if (fault.kind == FaultKind::raw && is_open_head(fault.raw)) {
    co_await open_tunnel(client, authority, fault.raw);
    co_return false;
  }
  record(authority, visible_status(fault, opens ? 200 : 502));
  const bool goes_on = co_await deliver_fault(client, fault, answer);
  if (!goes_on) co_return false;
  if (!opens) co_return true;
  const auto upstream = co_await dial(authority, true);
  if (upstream) co_await run_tunnel(client, *upstream);
  co_return false;
}

asio::awaitable<void> Gateway::open_tunnel(Wire& client, const http::Authority& authority,
                                           std::string_view answer) {
  const auto upstream = co_await dial(authority, true);
  record(authority, upstream ? 200 : 502);
  if (!upstream) {
    const Answer refusal = gateway_answer(502, "the host cannot be reached");
    co_await send_answer(client, refusal);
    co_return;
  }
  const std::error_code failed = co_await client.stream().write(answer);
  if (failed) co_return;
  co_await run_tunnel(client, *upstream);
}

asio::awaitable<std::unique_ptr<Wire>> Gateway::dial(const http::Authority& authority, bool for_connect) {
  using namespace asio::experimental::awaitable_operators;
  std::vector<tcp::endpoint> endpoints;
  if (routes_.online) {
    endpoints = co_await resolve(context_, authority);
  } else {
    const bool tls = for_connect && (authority.port == 443 || authority.port == routes_.origin_tls_port);
    endpoints.emplace_back(asio::ip::address_v4::loopback(),
                           tls ? routes_.origin_tls_port : routes_.origin_port);
  }
  tcp::socket socket(context_);
  const auto first = co_await (connect_any(socket, endpoints) || pause(std::chrono::seconds(10)));
  if (first.index() != 0 || !std::get<0>(first)) co_return nullptr;
  registry_.add(socket, user_.exit_address());
  co_return std::make_unique<Wire>(std::move(socket));
}

asio::awaitable<bool> Gateway::prepare(Upstream& upstream, const http::Authority& authority) {
  if (upstream.wire && upstream.authority == authority && upstream.wire->stream().is_quiet()) co_return true;
  upstream.wire = co_await dial(authority, false);
  upstream.authority = authority;
  co_return upstream.wire != nullptr;
}

asio::awaitable<bool> Gateway::forward(Wire& client, const Request& request, const http::Target& target,
                                       Upstream& upstream) {
  const bool has_body = request.framing().kind != http::BodyKind::none;
  if (const auto fault = faults_.take()) {
    const Answer right = gateway_answer(200, "the sandbox's gateway answers, not the site");
    const Answer answer = faulty_answer(*fault, right);
    const bool goes_on = co_await deliver_fault(client, *fault, answer);
    co_return goes_on && !has_body;
  }
  if (!has_credentials(request)) {
    const Answer answer = gateway_answer(407, "the proxy credentials are missing or wrong");
    const bool sent = co_await send_answer(client, answer);
    co_return sent && !has_body;
  }
  const bool ready = co_await prepare(upstream, target.authority);
  if (!ready) {
    const Answer answer = gateway_answer(502, "the host cannot be reached");
    const bool sent = co_await send_answer(client, answer);
    co_return sent && !has_body;
  }
  const std::string path = (target.needs_slash ? "/" : "") + std::string(target.path);
  co_return co_await run_exchange(client, request, path, *upstream.wire);
}

}  // namespace aluvia::sandbox
