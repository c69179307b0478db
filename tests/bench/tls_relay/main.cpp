// bench_tls_relay: the limit for bulk through an https gateway: a plain pump between each client and an
// OpenSSL connection to the gateway. It sends the client's CONNECT as it comes, so the client brings the
// credentials.
//
//   bench_tls_relay [--port N] --gateway ADDRESS:PORT --ca PEM-FILE
#include "base/arguments.hpp"
#include "base/task.hpp"
#include "gateway/channel.hpp"

#include <array>
#include <exception>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>

namespace aluvia::bench {
namespace {

constexpr std::size_t block_size = 64 * 1024;

// Both ends of one client's way; lives as long as one of its two directions.
struct Way {
  Stream client;
  Channel gateway;
};

Flow move_down(Loop& loop, std::shared_ptr<Way> way) {
  const auto buffer = std::make_unique<std::array<char, block_size>>();
  for (;;) {
    const ssize_t got = co_await way->gateway.receive(*buffer);
    if (got <= 0) break;
    const bool sent = co_await way->client.send_all({buffer->data(), static_cast<std::size_t>(got)});
    if (!sent) break;
    co_await loop.next_turn();
  }
  way->client.finish_sending();
}

Flow serve(Loop& loop, Fd socket, sockaddr_in address, SSL_CTX* context) {
  Stream client(loop, std::move(socket));
  const auto way = std::make_shared<Way>(std::move(client), Channel(loop, start_connect(address), context));
  if (!co_await way->gateway.connected() || !co_await way->gateway.handshake()) co_return;
  move_down(loop, way);
  const auto buffer = std::make_unique<std::array<char, block_size>>();
  for (;;) {
    const ssize_t got = co_await way->client.receive(*buffer);
    if (got <= 0) break;
    const bool sent = co_await way->gateway.send_all({buffer->data(), static_cast<std::size_t>(got)});
    if (!sent) break;
    co_await loop.next_turn();
  }
  way->gateway.finish_sending();
}

Flow accept_all(Loop& loop, Fd listener, sockaddr_in address, SSL_CTX* context) {
  Registration* registration = loop.add(listener);
  for (;;) serve(loop, co_await Accept(listener, *registration), address, context);
}

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, {"port", "gateway", "ca"});
  prepare_process();
  const auto gateway = parse_address(arguments.text("gateway"));
  if (!gateway) throw std::invalid_argument("no address: " + arguments.text("gateway"));
  const SslContextPtr context = make_client_context(arguments.text("ca"));
  Loop loop;
  Fd listener = listen_on_loopback(static_cast<std::uint16_t>(arguments.count("port", 0)));
  fmt::print("http://127.0.0.1:{}\n", local_port(listener));
  std::fflush(stdout);
  accept_all(loop, std::move(listener), *gateway, context.get());
  loop.run_forever();
  return 0;
}

}  // namespace
}  // namespace aluvia::bench

int main(int argc, char** argv) {
  try {
    return aluvia::bench::main(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_tls_relay: {}\n", error.what());
    return 1;
  }
}
