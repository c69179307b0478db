#include "descriptor_limit.hpp"

#include <algorithm>
#include <limits>

#include <sys/resource.h>

namespace aluvia::app {
namespace {

constexpr std::uint64_t per_connection = 2;
// Descriptors that the proxy needs besides connections. Idle connections to sites do not count: the proxy
// closes them when descriptors run out.
constexpr std::uint64_t necessary = 128;
constexpr std::uint64_t comfortable = 1024;

rlimit found{};
bool is_raised = false;

}  // namespace

// Below twice `necessary`, half of the descriptors are for connections, so that a very low limit still admits
// some.
std::uint64_t connections_within(std::uint64_t descriptors) noexcept {
  const std::uint64_t for_others = std::min(necessary, descriptors / 2);
  return std::max<std::uint64_t>(1, (descriptors - for_others) / per_connection);
}

std::uint64_t descriptors_for(std::uint64_t connections) noexcept {
  return per_connection * connections + comfortable;
}

std::uint64_t raise_descriptor_limit(std::uint64_t connections) noexcept {
  rlimit now{};
  if (::getrlimit(RLIMIT_NOFILE, &now) != 0) return std::numeric_limits<std::uint64_t>::max();
  const rlim_t wanted = std::min<rlim_t>(descriptors_for(connections), now.rlim_max);
  if (wanted <= now.rlim_cur) return now.rlim_cur;
  const rlimit raised{wanted, now.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) return now.rlim_cur;
  if (!is_raised) found = now;
  is_raised = true;
  return wanted;
}

void restore_descriptor_limit() noexcept {
  if (is_raised) ::setrlimit(RLIMIT_NOFILE, &found);
}

}  // namespace aluvia::app
