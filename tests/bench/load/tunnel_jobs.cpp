#include "load/proxy_dial.hpp"

namespace aluvia::bench {
namespace {

constexpr std::size_t exchange_size = 128;

// Sends the message and waits until as many bytes have come back.
Async<bool> round_trip(Stream& stream, std::string_view message) {
  if (!co_await stream.send_all(message)) co_return false;
  for (std::size_t left = message.size(); left > 0;) {
    const ssize_t got = co_await stream.discard(left);
    if (got <= 0) co_return false;
    left -= static_cast<std::size_t>(got);
  }
  co_return true;
}

Async<bool> tunnel_once(Job& job, std::string_view message) {
  Stream stream(job.loop, start_connect(job.tunnel_hop));
  if (co_await open_tunnel(job, stream) < 0) co_return false;
  co_return co_await round_trip(stream, message);
}

Flow keep_connecting(Job& job) {
  const std::string message(exchange_size, 'c');
  for (;;) {
    const auto begun = Clock::now();
    if (co_await tunnel_once(job, message)) {
      job.measurement.operation(begun);
      continue;
    }
    job.measurement.failed();
    co_await job.loop.sleep(pause_after_failure);
  }
}

Async<bool> echo_in_one_tunnel(Job& job, std::string_view message) {
  Stream stream(job.loop, start_connect(job.tunnel_hop));
  if (co_await open_tunnel(job, stream) < 0) co_return false;
  for (;;) {
    const auto begun = Clock::now();
    if (!co_await round_trip(stream, message)) co_return false;
    job.measurement.operation(begun);
    job.measurement.moved(message.size());
  }
}

Flow keep_echoing(Job& job) {
  const std::string message(job.size, 'e');
  for (;;) {
    co_await echo_in_one_tunnel(job, message);
    job.measurement.failed();
    co_await job.loop.sleep(pause_after_failure);
  }
}

}  // namespace

void connect_rate(Job& job) {
  for (std::size_t i = 0; i < job.connections; ++i) keep_connecting(job);
}

void echo(Job& job) {
  for (std::size_t i = 0; i < job.connections; ++i) keep_echoing(job);
}

}  // namespace aluvia::bench
