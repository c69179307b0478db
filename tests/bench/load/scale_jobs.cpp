// Jobs with many hosts and a fixed rate: tunnels that are opened again when they end, and requests of both
// kinds.
#include "load/proxy_dial.hpp"
#include "load/web_client.hpp"

#include <array>

#include <fmt/format.h>

namespace aluvia::bench {
namespace {

constexpr std::string_view message = "ping: are you ok?";
// Tunnels that a change of the configuration has ended come back at most as fast as this.
constexpr auto pause_before_reopening = std::chrono::milliseconds(500);

// "h12.NAME:PORT" of "NAME:PORT".
Job with_host(const Job& job, std::size_t number) {
  Job other = job;
  other.target = fmt::format("h{}.{}", number, job.target);
  return other;
}

Async<bool> hold_once(Job& job) {
  Stream stream(job.loop, start_connect(job.tunnel_hop));
  std::array<char, message.size()> buffer;
  const ssize_t opened = co_await open_tunnel(job, stream);
  if (opened < 0) co_return false;
  co_await stream.send_all(message);
  const ssize_t got = co_await stream.receive(buffer);
  if (got <= 0) co_return false;
  job.measurement.operation(Clock::now());
  co_await stream.receive(buffer);
  co_return true;
}

Flow keep_holding(Job& common, std::size_t number) {
  Job job = with_host(common, number);
  for (;;) {
    if (!co_await hold_once(job)) job.measurement.failed();
    // Spread, so that those which ended together do not come back together.
    co_await job.loop.sleep(pause_before_reopening + std::chrono::microseconds(number % job.hosts * 100));
  }
}

Flow keep_holding_all(Job& job) {
  constexpr std::size_t portion = 20;
  for (std::size_t started = 0; started < job.connections; ++started) {
    keep_holding(job, started % job.hosts);
    if (started % portion == 0) co_await job.loop.sleep(std::chrono::milliseconds(5));
  }
}

Async<bool> tunnel_once(Job& job) {
  Stream stream(job.loop, start_connect(job.tunnel_hop));
  std::array<char, message.size()> buffer;
  if (co_await open_tunnel(job, stream) < 0) co_return false;
  if (!co_await stream.send_all(message)) co_return false;
  const ssize_t got = co_await stream.receive(buffer);
  co_return got > 0;
}

// Every worker has its share of the rate. One that is late does not catch up, so that a stall is no burst.
Flow keep_tunneling(Job& common, std::size_t worker, Clock::duration interval) {
  co_await common.loop.sleep(interval * static_cast<int>(worker) / static_cast<int>(common.connections));
  for (std::size_t number = worker;; number += common.connections) {
    const auto begun = Clock::now();
    Job job = with_host(common, number % common.hosts);
    if (co_await tunnel_once(job)) {
      common.measurement.operation(begun);
    } else {
      common.measurement.failed();
    }
    co_await common.loop.sleep_until(begun + interval);
  }
}

Flow keep_getting(Job& common, std::size_t worker, Clock::duration interval) {
  co_await common.loop.sleep(interval * static_cast<int>(worker) / static_cast<int>(common.connections));
  Job job = with_host(common, worker % common.hosts);
  WebClient client(job);
  const std::string head =
      fmt::format("GET http://{0}/bytes/{1} HTTP/1.1\r\nHost: {0}\r\n\r\n", job.target, job.size);
  for (;;) {
    const auto begun = Clock::now();
    if (co_await client.exchange(head, 0)) {
      job.measurement.operation(begun);
    } else {
      job.measurement.failed();
    }
    co_await job.loop.sleep_until(begun + interval);
  }
}

Clock::duration interval_of(const Job& job) {
  return std::chrono::nanoseconds(job.connections * 1'000'000'000 / job.rate);
}

}  // namespace

void hold_again(Job& job) {
  keep_holding_all(job);
}

void paced_connects(Job& job) {
  for (std::size_t worker = 0; worker < job.connections; ++worker)
    keep_tunneling(job, worker, interval_of(job));
}

void paced_gets(Job& job) {
  for (std::size_t worker = 0; worker < job.connections; ++worker)
    keep_getting(job, worker, interval_of(job));
}

}  // namespace aluvia::bench
