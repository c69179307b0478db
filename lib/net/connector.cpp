#include "net/connector.hpp"

#include <algorithm>
#include <utility>

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
Result<Socket> begin_connect(const loop::Executor& executor, const Endpoint& endpoint) {
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
  return Socket(executor, descriptor);
}

std::error_code outcome_of(Socket& socket) noexcept {
  if (!socket.is_broken()) return {};
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_ERROR, &value, &size) != 0) return last_error();
  return {value, std::system_category()};
}

}  // namespace

std::vector<Address> interleave_families(std::vector<Address> addresses) {
  const bool is_v6 = addresses.front().is_v6();
  if (std::ranges::all_of(addresses, [is_v6](const Address& one) { return one.is_v6() == is_v6; })) {
    return addresses;
  }
  std::vector<Address> first;
  std::vector<Address> second;
  for (const Address& address : addresses) (address.is_v6() == is_v6 ? first : second).push_back(address);
  std::vector<Address> out;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) out.push_back(first[i]);
    if (i < second.size()) out.push_back(second[i]);
  }
  return out;
}

Connector::Attempt::Attempt(Connector& all, Socket socket) : all_(all), socket_(std::move(socket)) {
  socket_.wait(loop::Want::write, *this);
}

void Connector::Attempt::on_event(std::error_code error) {
  all_.on_outcome(*this, error ? error : outcome_of(socket_));
}

Connector::Connector(const loop::Executor& executor, std::vector<Address> addresses, std::uint16_t port,
                     loop::TimePoint deadline)
    : executor_(executor),
      addresses_(interleave_families(std::move(addresses))),
      port_(port),
      pace_(executor, [this] { start_next(); }),
      limit_(executor, [this] { end(std::make_error_code(std::errc::timed_out)); }),
      over_(executor) {
  limit_.set_at(deadline);
  start_next();
}

Result<Socket> Connector::result() {
  if (winner_) return std::move(*winner_);
  return Err{error_};
}

// Starts attempts until one is under way; ends when none is left.
void Connector::start_next() {
  while (next_ < addresses_.size()) {
    auto begun = begin_connect(executor_, Endpoint(addresses_[next_++], port_));
    if (!begun) {
      error_ = begun.error();
      continue;
    }
    if (is_trying()) {
      others_.emplace_back(*this, std::move(*begun));
    } else {
      first_.emplace(*this, std::move(*begun));
    }
    if (next_ < addresses_.size()) pace_.set_after(connection_attempt_delay);
    return;
  }
  if (!is_trying()) end(error_);
}

void Connector::on_outcome(Attempt& attempt, std::error_code error) {
  if (!error) {
    winner_.emplace(std::move(attempt.socket()));
    return end({});
  }
  error_ = error;
  if (first_ && &*first_ == &attempt) {
    first_.reset();
  } else {
    others_.remove_if([&attempt](const Attempt& other) { return &other == &attempt; });
  }
  start_next();
}

void Connector::end(std::error_code error) {
  error_ = error;
  first_.reset();
  others_.clear();
  pace_.clear();
  limit_.clear();
  over_.set();
}

}  // namespace aluvia::net
