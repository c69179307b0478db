// One client of the relay: its head is read once, its target connected, and from then on bytes only move.
// CONNECT becomes a tunnel; anything else is sent on as it came, to the host of the first request.
#pragma once

#include "relay/direction.hpp"

#include <string>

namespace aluvia::bench {

class Connection {
 public:
  enum class State { head, connecting, relaying, over };

  // The target of the pointer in epoll events.
  struct Handle {
    Connection* connection;
    bool client;
  };

  Connection(int epoll, Fd client);

  void on_events(bool client, std::uint32_t events, Shared& shared);
  // True when bytes are left that may be moved at once, after the turns of all other connections.
  bool work(Shared& shared);

  bool over() const { return state_ == State::over; }
  bool queued = false;
  bool buried = false;

 private:
  void read_head(Shared& shared);
  void open_upstream();
  void finish_connect();
  bool relay(Shared& shared);
  void watch(const Fd& socket, Handle& handle);

  int epoll_;
  State state_ = State::head;
  End client_;
  End upstream_;
  Handle client_handle_{this, true};
  Handle upstream_handle_{this, false};
  std::string head_;
  Direction up_;
  Direction down_;
};

}  // namespace aluvia::bench
