// bench_gateway: an upstream HTTP proxy that wants credentials, on four free loopback ports: plain and TLS,
// each near and far (behind a delay per round trip). Prints them as one line of JSON and serves until it is
// killed.
//
//   bench_gateway --user NAME:PASSWORD-in-base64 --certificate PEM-FILE [--round-trip-ms N]
#include "base/arguments.hpp"
#include "gateway/delay_line.hpp"
#include "gateway/proxy_service.hpp"

#include <exception>

#include <fmt/format.h>

namespace aluvia::bench {
namespace {

Flow accept_near(Loop& loop, Fd listener, SSL_CTX* context, const std::string& authorization) {
  Registration* registration = loop.add(listener);
  for (;;) serve_proxy(loop, co_await Accept(listener, *registration), context, authorization);
}

Flow accept_far(Loop& loop, Fd listener, std::uint16_t near, Clock::duration round_trip) {
  Registration* registration = loop.add(listener);
  sockaddr_in behind = local_address(listener);
  behind.sin_port = loopback_address(near).sin_port;
  for (;;) delay(loop, co_await Accept(listener, *registration), behind, round_trip);
}

// Both return the port.
std::uint16_t offer_near(Loop& loop, SSL_CTX* context, const std::string& authorization) {
  std::vector<Fd> listeners = listen_everywhere();
  const std::uint16_t port = local_port(listeners.front());
  for (Fd& listener : listeners) accept_near(loop, std::move(listener), context, authorization);
  return port;
}

std::uint16_t offer_far(Loop& loop, std::uint16_t near, Clock::duration round_trip) {
  std::vector<Fd> listeners = listen_everywhere();
  const std::uint16_t port = local_port(listeners.front());
  for (Fd& listener : listeners) accept_far(loop, std::move(listener), near, round_trip);
  return port;
}

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, {"user", "certificate", "round-trip-ms"});
  prepare_process();
  Loop loop;
  const std::string authorization = "Basic " + arguments.text("user");
  const SslContextPtr context = make_tls_context(arguments.text("certificate"));
  const auto round_trip = std::chrono::milliseconds(arguments.count("round-trip-ms", 50));
  const std::uint16_t plain = offer_near(loop, nullptr, authorization);
  const std::uint16_t tls = offer_near(loop, context.get(), authorization);
  fmt::print("{{\"http\":{},\"https\":{},\"far_http\":{},\"far_https\":{}}}\n", plain, tls,
             offer_far(loop, plain, round_trip), offer_far(loop, tls, round_trip));
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
