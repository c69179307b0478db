#include "relay/connection.hpp"

#include "base/small_head.hpp"
#include "base/sockets.hpp"

#include <cerrno>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace aluvia::bench {
namespace {

constexpr std::string_view established = "HTTP/1.1 200 Connection established\r\n\r\n";

std::string_view authority_of(std::string_view target) {
  if (target.starts_with("http://")) target.remove_prefix(7);
  return target.substr(0, target.find('/'));
}

}  // namespace

Connection::Connection(int epoll, Fd client) : epoll_(epoll) {
  client_.fd = std::move(client);
  watch(client_.fd, client_handle_);
}

void Connection::watch(const Fd& socket, Handle& handle) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &handle;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket.get(), &event) != 0) state_ = State::over;
}

void Connection::on_events(bool client, std::uint32_t events, Shared& shared) {
  End& end = client ? client_ : upstream_;
  if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) end.readable = true;
  if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) end.writable = true;
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) end.hung_up = true;
  if (state_ == State::head) read_head(shared);
  if (state_ == State::connecting && upstream_.writable) finish_connect();
}

void Connection::read_head(Shared& shared) {
  if (!client_.readable) return;
  const ssize_t got = ::recv(client_.fd.get(), shared.buffer.data(), shared.buffer.size(), 0);
  if (got < 0 && errno == EAGAIN) {
    client_.readable = false;
    return;
  }
  if (got <= 0) {
    state_ = State::over;
    return;
  }
  if (static_cast<std::size_t>(got) < shared.buffer.size() && !client_.hung_up) client_.readable = false;
  head_.append(shared.buffer.data(), static_cast<std::size_t>(got));
  if (!complete_head(head_).empty()) open_upstream();
}

void Connection::open_upstream() {
  const auto address = parse_address(authority_of(second_word(head_)));
  if (address) upstream_.fd = start_connect(*address);
  state_ = upstream_.fd ? State::connecting : State::over;
  if (upstream_.fd) watch(upstream_.fd, upstream_handle_);
}

void Connection::finish_connect() {
  if (connect_error(upstream_.fd) != 0) {
    state_ = State::over;
    return;
  }
  std::string_view first = head_;
  if (first.starts_with("CONNECT ")) {
    down_.queue(established);
    first.remove_prefix(complete_head(first).size());
  }
  up_.queue(first);
  std::string().swap(head_);
  state_ = State::relaying;
}

bool Connection::work(Shared& shared) {
  return state_ == State::relaying && relay(shared);
}

bool Connection::relay(Shared& shared) {
  const Progress up = up_.move(client_, upstream_, shared);
  const Progress down = down_.move(upstream_, client_, shared);
  if (up == Progress::failed || down == Progress::failed || (up_.ended() && down_.ended())) {
    state_ = State::over;
    return false;
  }
  return up == Progress::used_its_turn || down == Progress::used_its_turn;
}

}  // namespace aluvia::bench
