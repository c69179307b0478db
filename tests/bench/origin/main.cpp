// bench_origin: the server behind every measurement. Listens on five free loopback ports, prints them as one
// line of JSON, and serves until it is killed.
#include "base/arguments.hpp"
#include "origin/services.hpp"

#include <exception>

#include <fmt/format.h>

namespace aluvia::bench {
namespace {

using Service = Flow (*)(Loop&, Fd);

Flow accept_all(Loop& loop, const Fd& listener, Service serve) {
  Registration* registration = loop.add(listener);
  for (;;) serve(loop, co_await Accept(listener, *registration));
}

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, {});
  prepare_process();
  Loop loop;
  const Fd echo = listen_on_loopback(0);
  const Fd source = listen_on_loopback(0);
  const Fd sink = listen_on_loopback(0);
  const Fd both = listen_on_loopback(0);
  const Fd web = listen_on_loopback(0);
  accept_all(loop, echo, serve_echo);
  accept_all(loop, source, serve_source);
  accept_all(loop, sink, serve_sink);
  accept_all(loop, both, serve_source_and_sink);
  accept_all(loop, web, serve_web);
  fmt::print("{{\"echo\":{},\"source\":{},\"sink\":{},\"both\":{},\"web\":{}}}\n", local_port(echo),
             local_port(source), local_port(sink), local_port(both), local_port(web));
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
