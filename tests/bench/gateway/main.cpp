// bench_gateway: an upstream HTTP proxy that wants credentials, on four free loopback ports: plain and TLS,
// each near and far (behind a delay per round trip). Prints them as one line of JSON and serves until it is
// killed. With an address it listens there instead, plain and near only.
//
//   bench_gateway --user NAME:PASSWORD-in-base64 --certificate PEM-FILE [--round-trip-ms N]
//   bench_gateway --user NAME:PASSWORD-in-base64 --listen ADDRESS:PORT
#include "base/arguments.hpp"
#include "gateway/delay_line.hpp"
#include "gateway/proxy_service.hpp"

#include <exception>
#include <stdexcept>

#include <fmt/format.h>

namespace aluvia::bench {
namespace {

Flow accept_near(Loop& loop, Fd listener, SSL_CTX* context, const std::string& authorization,
                 GatewayCounts& counts) {
  Registration* registration = loop.add(listener);
  for (;;) serve_proxy(loop, co_await Accept(listener, *registration), context, authorization, counts);
}

Flow accept_far(Loop& loop, Fd listener, std::uint16_t near, Clock::duration round_trip) {
  Registration* registration = loop.add(listener);
  sockaddr_in behind = local_address(listener);
  behind.sin_port = loopback_address(near).sin_port;
  for (;;) delay(loop, co_await Accept(listener, *registration), behind, round_trip);
}

// Both return the port.
std::uint16_t offer_near(Loop& loop, SSL_CTX* context, const std::string& authorization,
                         GatewayCounts& counts) {
  std::vector<Fd> listeners = listen_everywhere();
  const std::uint16_t port = local_port(listeners.front());
  for (Fd& listener : listeners) accept_near(loop, std::move(listener), context, authorization, counts);
  return port;
}

std::uint16_t offer_far(Loop& loop, std::uint16_t near, Clock::duration round_trip) {
  std::vector<Fd> listeners = listen_everywhere();
  const std::uint16_t port = local_port(listeners.front());
  for (Fd& listener : listeners) accept_far(loop, std::move(listener), near, round_trip);
  return port;
}

std::string offer_everything(Loop& loop, SSL_CTX* context, const std::string& authorization,
                             GatewayCounts& counts, Clock::duration round_trip) {
  const std::uint16_t plain = offer_near(loop, nullptr, authorization, counts);
  const std::uint16_t tls = offer_near(loop, context, authorization, counts);
  return fmt::format("{{\"http\":{},\"https\":{},\"far_http\":{},\"far_https\":{}}}", plain, tls,
                     offer_far(loop, plain, round_trip), offer_far(loop, tls, round_trip));
}

std::string offer_at(Loop& loop, const std::string& place, const std::string& authorization,
                     GatewayCounts& counts) {
  const auto address = parse_address(place);
  if (!address) throw std::invalid_argument("no address: " + place);
  Fd listener = listen_at(*address);
  const std::uint16_t port = local_port(listener);
  accept_near(loop, std::move(listener), nullptr, authorization, counts);
  return fmt::format("{{\"http\":{}}}", port);
}

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, {"user", "certificate", "round-trip-ms", "listen"});
  prepare_process();
  Loop loop;
  GatewayCounts counts;
  SslContextPtr context;
  const std::string authorization = "Basic " + arguments.text("user");
  const auto round_trip = std::chrono::milliseconds(arguments.count("round-trip-ms", 50));
  std::string ports;
  if (arguments.has("listen")) {
    ports = offer_at(loop, arguments.text("listen"), authorization, counts);
  } else {
    context = make_tls_context(arguments.text("certificate"));
    ports = offer_everything(loop, context.get(), authorization, counts, round_trip);
  }
  fmt::print("{}\n", ports);
  std::fflush(stdout);
  loop.run_forever();
  return 0;
}

}  // namespace
}  // namespace aluvia::bench

int main(int argc, char** argv) {
  try {
    return aluvia::bench::main(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_gateway: {}\n", error.what());
    return 1;
  }
}
