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

Flow accept_near(Loop& loop, const Fd& listener, SSL_CTX* context, const std::string& authorization) {
  Registration* registration = loop.add(listener);
  for (;;) serve_proxy(loop, co_await Accept(listener, *registration), context, authorization);
}

Flow accept_far(Loop& loop, const Fd& listener, const Fd& near, Clock::duration round_trip) {
  Registration* registration = loop.add(listener);
  const sockaddr_in behind = loopback_address(local_port(near));
  for (;;) delay(loop, co_await Accept(listener, *registration), behind, round_trip);
}

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, {"user", "certificate", "round-trip-ms"});
  prepare_process();
  Loop loop;
  const std::string authorization = "Basic " + arguments.text("user");
  const SslContextPtr context = make_tls_context(arguments.text("certificate"));
  const auto round_trip = std::chrono::milliseconds(arguments.count("round-trip-ms", 50));
  const Fd plain = listen_on_loopback(0);
  const Fd tls = listen_on_loopback(0);
  const Fd far_plain = listen_on_loopback(0);
  const Fd far_tls = listen_on_loopback(0);
  accept_near(loop, plain, nullptr, authorization);
  accept_near(loop, tls, context.get(), authorization);
  accept_far(loop, far_plain, plain, round_trip);
  accept_far(loop, far_tls, tls, round_trip);
  fmt::print("{{\"http\":{},\"https\":{},\"far_http\":{},\"far_https\":{}}}\n", local_port(plain),
             local_port(tls), local_port(far_plain), local_port(far_tls));
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
