#include "net/connector.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace aluvia::net {
namespace {

std::error_code last_error() noexcept {
  return {errno, std::system_category()};
}

// A non-blocking socket whose connect has begun; no Asio call, because Asio would make three system calls
// more.
Result<Socket> begin_connect(const Executor& executor, const Endpoint& endpoint) {
  const int descriptor =
      ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor < 0) return Err{last_error()};
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(descriptor, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 &&
      errno != EINPROGRESS) {
    const std::error_code error = last_error();
    ::close(descriptor);
    return Err{error};
  }
  Socket socket(executor);
  std::error_code error;
  socket.assign(endpoint.protocol(), descriptor, error);
  if (error) {
    ::close(descriptor);
    return Err{error};
  }
  return socket;
}

std::error_code outcome_of(Socket& socket) noexcept {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_ERROR, &value, &size) != 0) return last_error();
  return {value, std::system_category()};
}

// Shared by the handlers of its attempts and its timer, and by the task that waits for `finished`.
struct Race {
  Race(const Executor& executor, std::vector<Address> list, std::uint16_t to)
      : addresses(std::move(list)), port(to), pace(executor), finished(executor) {}

  std::vector<Address> addresses;
  std::uint16_t port;
  std::size_t next = 0;
  std::size_t running = 0;
  std::vector<std::unique_ptr<Socket>> attempts;
  Timer pace;      // starts the next attempt
  Timer finished;  // the overall deadline; cancelled to wake the task
  std::optional<Socket> winner;
  std::error_code error;
  bool over = false;
};
using RaceHandle = std::shared_ptr<Race>;

void start_next(const RaceHandle& race);

void end(const RaceHandle& race) {
  race->over = true;
  race->pace.cancel();
  race->attempts.clear();
  race->finished.cancel();
}

void on_outcome(const RaceHandle& race, Socket* attempt, std::error_code waited) {
  if (race->over) return;
  --race->running;
  race->error = waited ? waited : outcome_of(*attempt);
  if (!race->error) {
    race->winner.emplace(std::move(*attempt));
    return end(race);
  }
  start_next(race);
}

void keep_pace(const RaceHandle& race) {
  if (race->next == race->addresses.size()) return;
  race->pace.expires_after(connection_attempt_delay);
  race->pace.async_wait([race](std::error_code error) {
    if (!error && !race->over) start_next(race);
  });
}

// Starts attempts until one is under way; ends the race when none is left.
void start_next(const RaceHandle& race) {
  while (race->next < race->addresses.size()) {
    const Endpoint endpoint(race->addresses[race->next++], race->port);
    auto begun = begin_connect(race->pace.get_executor(), endpoint);
    if (!begun) {
      race->error = begun.error();
      continue;
    }
    auto& attempt = race->attempts.emplace_back(std::make_unique<Socket>(std::move(*begun)));
    ++race->running;
    attempt->async_wait(Socket::wait_write, [race, socket = attempt.get()](std::error_code error) {
      on_outcome(race, socket, error);
    });
    return keep_pace(race);
  }
  if (race->running == 0) end(race);
}

}  // namespace

std::vector<Address> interleave_families(const std::vector<Address>& addresses) {
  std::vector<Address> first;
  std::vector<Address> second;
  for (const Address& address : addresses) {
    (address.is_v6() == addresses.front().is_v6() ? first : second).push_back(address);
  }
  std::vector<Address> out;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) out.push_back(first[i]);
    if (i < second.size()) out.push_back(second[i]);
  }
  return out;
}

Task<Result<Socket>> connect(std::vector<Address> addresses, std::uint16_t port, TimePoint deadline) {
  const Executor executor = co_await asio::this_coro::executor;
  const auto race = std::make_shared<Race>(executor, interleave_families(addresses), port);
  struct Ender {  // also when the task is cancelled while it waits
    const RaceHandle& race;
    explicit Ender(const RaceHandle& handle) : race(handle) {}
    ~Ender() {
      if (!race->over) end(race);
    }
  } ender(race);
  race->finished.expires_at(deadline);
  start_next(race);
  std::error_code woken;
  if (!race->over) co_await race->finished.async_wait(use_task_with(woken));
  if (race->winner) co_return std::move(*race->winner);
  if (!race->over && woken) co_return Err{woken};
  if (!race->over) co_return Err{std::make_error_code(std::errc::timed_out)};
  co_return Err{race->error};
}

}  // namespace aluvia::net
