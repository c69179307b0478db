// Jobs in which time passes: tunnels that are only held, and single requests with a pause between them.
#include "load/proxy_dial.hpp"

#include <array>

namespace aluvia::bench {
namespace {

// Long enough for a proxy to make up a warm connection through a gateway 50 ms away, with TLS.
constexpr auto pause_between = std::chrono::milliseconds(250);
constexpr std::string_view message = "ping: are you ok?";

// One exchange, so that everything that a used tunnel keeps is there; then nothing but waiting for its end.
Flow hold(Job& job) {
  Stream stream(job.loop, start_connect(job.tunnel_hop));
  std::array<char, message.size()> buffer;
  const ssize_t opened = co_await open_tunnel(job, stream);
  if (opened >= 0) co_await stream.send_all(message);
  const ssize_t got = co_await stream.receive(buffer);
  if (opened >= 0 && got > 0) {
    job.measurement.operation(Clock::now());
    co_await stream.receive(buffer);
  }
  job.measurement.failed();
}

// In portions, so that no listening queue overflows.
Flow hold_all(Job& job) {
  constexpr std::size_t portion = 50;
  for (std::size_t started = 0; started < job.connections; ++started) {
    hold(job);
    if (started % portion == 0) co_await job.loop.sleep(std::chrono::milliseconds(5));
  }
}

Flow keep_opening(Job& job) {
  for (;;) {
    const auto begun = Clock::now();
    {
      Stream stream(job.loop, start_connect(job.tunnel_hop));
      if (co_await open_tunnel(job, stream) >= 0) {
        job.measurement.operation(begun);
      } else {
        job.measurement.failed();
      }
    }
    co_await job.loop.sleep(pause_between);
  }
}

}  // namespace

void hold_tunnels(Job& job) {
  hold_all(job);
}

void first_byte(Job& job) {
  keep_opening(job);
}

}  // namespace aluvia::bench
