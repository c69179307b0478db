// bench_link: joins two network namespaces by a link with a delay and a loss, for kernels without netem. It
// makes a TUN device in each, prints a line when both exist, and moves packets until it is killed; the
// devices end with it.
//
//   bench_link --near NAMESPACE-FILE --far NAMESPACE-FILE --device NAME [--round-trip-ms N] [--loss PERCENT]
//   [--seed N]
#include "base/arguments.hpp"
#include "link/packets.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace aluvia::bench {
namespace {

void require(bool good, const std::string& what) {
  if (!good) throw std::system_error(errno, std::generic_category(), what);
}

// A device belongs to the namespace that its thread is in when it opens /dev/net/tun.
Fd make_device(const std::string& namespace_file, const std::string& name) {
  const Fd space(::open(namespace_file.c_str(), O_RDONLY | O_CLOEXEC));
  require(static_cast<bool>(space), namespace_file);
  require(::setns(space.get(), CLONE_NEWNET) == 0, "setns");
  Fd device(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  require(static_cast<bool>(device), "/dev/net/tun");
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (name.size() >= sizeof request.ifr_name)
    throw std::invalid_argument("the name of the device is too long");
  std::copy(name.begin(), name.end(), request.ifr_name);
  require(::ioctl(device.get(), TUNSETIFF, &request) == 0, "TUNSETIFF");
  return device;
}

timespec until(Clock::time_point time) {
  const auto left = std::max(Clock::duration::zero(), time - Clock::now());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((left - seconds).count())};
}

struct Link {
  PacketLine up;
  PacketLine down;
};

void say_ready() {
  fmt::print("ready\n");
  std::fflush(stdout);
}

// Takes one line, which comes in one piece; false at the end of the input.
bool follow_input(Link& link) {
  std::array<char, 256> line;
  const ssize_t got = ::read(STDIN_FILENO, line.data(), line.size() - 1);
  if (got <= 0) return false;
  line.at(static_cast<std::size_t>(got)) = 0;
  double round_trip_ms = 0;
  double loss_percent = 0;
  unsigned long seed = 0;
  if (std::sscanf(line.data(), "%lf %lf %lu", &round_trip_ms, &loss_percent, &seed) != 3)
    throw std::invalid_argument(std::string("not ROUND-TRIP-MS LOSS-PERCENT SEED: ") + line.data());
  const std::chrono::duration<double, std::milli> one_way(round_trip_ms / 2);
  const LinkQuality quality{std::chrono::duration_cast<Clock::duration>(one_way), loss_percent / 100};
  link.up.set(quality, seed);
  link.down.set(quality, ~seed);
  say_ready();
  return true;
}

void move_packets(const Fd& near, const Fd& far) {
  Link link{PacketLine(near, far), PacketLine(far, near)};
  for (;;) {
    const auto next = std::min(link.up.deliver(), link.down.deliver());
    std::array<pollfd, 3> waiting{
        {{near.get(), POLLIN, 0}, {far.get(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}}};
    const timespec limit = until(next);
    ::ppoll(waiting.data(), waiting.size(), next == Clock::time_point::max() ? nullptr : &limit, nullptr);
    link.up.collect();
    link.down.collect();
    if (waiting[2].revents != 0 && !follow_input(link)) return;
  }
}

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, {"near", "far", "device"});
  const Fd near = make_device(arguments.text("near"), arguments.text("device"));
  const Fd far = make_device(arguments.text("far"), arguments.text("device"));
  say_ready();
  move_packets(near, far);
  return 0;
}

}  // namespace
}  // namespace aluvia::bench

int main(int argc, char** argv) {
  try {
    return aluvia::bench::main(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_link: {}\n", error.what());
    return 1;
  }
}
