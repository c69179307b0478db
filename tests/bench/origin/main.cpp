// bench_origin: the server behind every measurement. Listens on five free loopback ports, prints them as one
// line of JSON, and serves until it is killed.
#include "base/arguments.hpp"
#include "origin/services.hpp"

#include <exception>

#include <fmt/format.h>

namespace aluvia::bench {
namespace {

using Service = Flow (*)(Loop&, Fd);

Flow accept_all(Loop& loop, Fd listener, Service serve) {
  Registration* registration = loop.add(listener);
  for (;;) serve(loop, co_await Accept(listener, *registration));
}

// The port.
std::uint16_t offer(Loop& loop, Service service) {
  std::vector<Fd> listeners = listen_everywhere();
  const std::uint16_t port = local_port(listeners.front());
  for (Fd& listener : listeners) accept_all(loop, std::move(listener), service);
  return port;
}

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, {});
  prepare_process();
  Loop loop;
  fmt::print("{{\"echo\":{},\"source\":{},\"sink\":{},\"both\":{},\"web\":{}}}\n", offer(loop, serve_echo),
             offer(loop, serve_source), offer(loop, serve_sink), offer(loop, serve_source_and_sink),
             offer(loop, serve_web));
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
    fmt::print(stderr, "bench_origin: {}\n", error.what());
    return 1;
  }
}
