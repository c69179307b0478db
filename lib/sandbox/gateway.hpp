// Gateway: the emulated gateway, an HTTP proxy that requires Basic credentials, opens CONNECT tunnels and
// forwards absolute-form requests. Offline, every host is the built-in origin; online, it resolves names.
#pragma once

#include "http/target.hpp"
#include "sandbox/fault.hpp"
#include "sandbox/fault_delivery.hpp"
#include "sandbox/message.hpp"
#include "sandbox/record.hpp"
#include "sandbox/route_registry.hpp"
#include "sandbox/user_state.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <asio/io_context.hpp>

namespace aluvia::sandbox {

struct GatewayRoutes {
  bool online = false;
  std::uint16_t origin_port = 0;
  std::uint16_t origin_tls_port = 0;
};

/// Loop thread only. All arguments of the constructor must outlive it.
class Gateway {
 public:
  Gateway(asio::io_context& context, GatewayRoutes routes, const UserState& user, RecordBook& book,
          RouteRegistry& registry, FaultSwitch& faults)
      : context_(context), routes_(routes), user_(user), book_(book), registry_(registry), faults_(faults) {}

  /// Serves one connection until it ends.
  asio::awaitable<void> serve(Wire& client);

 private:
  /// The connection to an origin that the absolute-form requests of one client share.
  struct Upstream {
    http::Authority authority;
    std::unique_ptr<Wire> wire;
  };

  asio::awaitable<bool> serve_request(Wire& client, const Request& request, Upstream& upstream);
  asio::awaitable<bool> serve_connect(Wire& client, const http::Authority& authority, const Request& request);
  asio::awaitable<bool> forward(Wire& client, const Request& request, const http::Target& target,
                                Upstream& upstream);
  asio::awaitable<bool> connect_fault(Wire& client, const http::Authority& authority, const Fault& fault);
  asio::awaitable<void> open_tunnel(Wire& client, const http::Authority& authority, std::string_view answer);
  asio::awaitable<bool> prepare(Upstream& upstream, const http::Authority& authority);
  asio::awaitable<std::unique_ptr<Wire>> dial(const http::Authority& authority, bool for_connect);
  bool has_credentials(const Request& request) const;
  void record(const http::Authority& authority, int status);

  asio::io_context& context_;
  GatewayRoutes routes_;
  const UserState& user_;
  RecordBook& book_;
  RouteRegistry& registry_;
  FaultSwitch& faults_;
};

/// Sends an error of the gateway itself; the text body gives the reason.
Answer gateway_answer(int status, std::string_view why);

/// Runs one absolute-form exchange over a ready upstream connection. Returns true if both connections can be
/// used again.
asio::awaitable<bool> run_exchange(Wire& client, const Request& request, std::string_view path,
                                   Wire& upstream);

}  // namespace aluvia::sandbox
