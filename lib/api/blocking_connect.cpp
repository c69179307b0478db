#include "api/blocking_connect.hpp"

#include "base/ascii.hpp"
#include "base/posix.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

namespace aluvia::api {

using std::chrono::milliseconds;
using Clock = CallWatchdog::Clock;

/// Filled by its thread under the watchdog's mutex; shared, so that either side may outlive the other.
struct BlockingConnector::Lookup {
  bool done = false;
  int error = 0;
  std::vector<Address> addresses;
};

namespace {

int resolve(const std::string& host, std::uint16_t port, int flags, std::vector<Address>& found) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (error != 0) return error;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    Address address;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.length = entry->ai_addrlen;
    found.push_back(address);
  }
  freeaddrinfo(list);
  return 0;
}

std::string reason_of(int error) {
  std::string text = std::generic_category().message(error);
  if (!text.empty()) text.front() = ascii::lower(text.front());
  return text;
}

int remaining_ms(Clock::time_point limit) {
  const auto left = std::chrono::ceil<milliseconds>(limit - Clock::now());
  return static_cast<int>(std::clamp<milliseconds::rep>(left.count(), 0, 3'600'000));
}

// 0, or the errno that says why not; ETIMEDOUT when the limit came first.
int finish_connect(int socket, Clock::time_point limit) {
  pollfd entry{socket, POLLOUT, 0};
  const int ready = retry_on_eintr([&] { return poll(&entry, 1, remaining_ms(limit)); });
  if (ready < 0) return errno;
  if (ready == 0) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

// sockaddr_storage exists to be read as the address that is in it (POSIX <sys/socket.h>).
const sockaddr* as_sockaddr(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address.storage);
}

int start_and_finish_connect(int socket, const Address& address, Clock::time_point limit) {
  if (::connect(socket, as_sockaddr(address), address.length) == 0) return 0;
  return errno == EINPROGRESS ? finish_connect(socket, limit) : errno;
}

void make_blocking(int socket) {
  const int flags = fcntl(socket, F_GETFL);
  fcntl(socket, F_SETFL, flags & ~O_NONBLOCK);
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

std::string shown_duration(milliseconds duration) {
  const auto count = duration.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

BlockingConnector::BlockingConnector(std::shared_ptr<CallWatchdog> watchdog, std::string host,
                                     std::uint16_t port, std::string shown, milliseconds limit)
    : watchdog_(std::move(watchdog)),
      host_(std::move(host)),
      port_(port),
      shown_(std::move(shown)),
      limit_(limit) {}

Result<int, ApiError> BlockingConnector::connect() {
  const auto limit = Clock::now() + limit_;
  auto addresses = look_up(limit);
  if (!addresses) return Err{std::move(addresses).error()};

  ApiError last = failure(ApiError::Cause::look_up, "the name has no address");
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    if (watchdog_->verdict() != CallWatchdog::Verdict::running) break;
    // An address that swallows packets must leave time for those after it.
    const auto share = (limit - Clock::now()) / static_cast<int>(addresses->size() - i);
    auto socket = connect_to((*addresses)[i], Clock::now() + share);
    if (socket) return socket;
    last = std::move(socket).error();
  }
  return Err{std::move(last)};
}

std::shared_ptr<BlockingConnector::Lookup> BlockingConnector::start_look_up() const {
  auto state = std::make_shared<Lookup>();
  std::thread([watchdog = watchdog_, state, host = host_, port = port_] {
    std::vector<Address> found;
    int error = EAI_MEMORY;
    try {
      error = resolve(host, port, 0, found);
    } catch (const std::exception&) {  // no memory; the thread has nobody above it to tell
    }
    watchdog->update([&] {
      state->addresses = std::move(found);
      state->error = error;
      state->done = true;
    });
  }).detach();
  return state;
}

Result<std::vector<Address>, ApiError> BlockingConnector::look_up(Clock::time_point limit) {
  std::vector<Address> literal;
  if (resolve(host_, port_, AI_NUMERICHOST, literal) == 0) return literal;

  if (!pending_) pending_ = start_look_up();
  const auto state = pending_;
  if (!watchdog_->wait_until(limit, [&] { return state->done; }))
    return Err{no_response(ApiError::Cause::look_up, "cannot look up " + host_ + ": " + time_out())};
  pending_.reset();
  if (state->error != 0)
    return Err{
        no_response(ApiError::Cause::look_up, "cannot look up " + host_ + ": " + gai_strerror(state->error))};
  return std::move(state->addresses);
}

Result<int, ApiError> BlockingConnector::connect_to(const Address& address, Clock::time_point limit) {
  const int socket =
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (socket < 0) return Err{failure(ApiError::Cause::connect, reason_of(errno))};
  const int error = watchdog_->watch(socket) ? start_and_finish_connect(socket, address, limit) : EMFILE;
  if (error == 0) {
    make_blocking(socket);
    return socket;
  }
  watchdog_->unwatch();
  close(socket);
  return Err{failure(ApiError::Cause::connect, error == ETIMEDOUT ? time_out() : reason_of(error))};
}

ApiError BlockingConnector::failure(ApiError::Cause cause, const std::string& reason) const {
  return no_response(cause, "cannot connect to " + shown_ + ": " + reason);
}

std::string BlockingConnector::time_out() const {
  return "time-out after " + shown_duration(limit_);
}

}  // namespace aluvia::api
