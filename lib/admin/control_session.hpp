// One connection of the Unix socket: a request in, an answer out. Private to the room.
#pragma once

#include "admin/answer.hpp"
#include "admin/desk.hpp"
#include "http/head.hpp"
#include "net/deadline.hpp"
#include "net/local_listener.hpp"

#include <string>

namespace aluvia::admin {

/// Lives in the frame of its task.
class ControlSession {
 public:
  ControlSession(const Desk& desk, net::LocalSocket socket);

  net::Task<void> run(bool same_user);

 private:
  struct Waiting;
  enum class Got { request, fault, nothing };

  net::Task<Got> read_request();
  net::Task<bool> read_some();
  net::Task<void> ask_desk();
  net::Task<void> write(std::string text);

  const Desk& desk_;
  net::LocalSocket socket_;
  net::Deadline deadline_;
  http::RequestHeadReader reader_;
  std::string buffer_;
  std::size_t head_size_ = 0;
  std::size_t body_size_ = 0;
  Answer answer_;
};

}  // namespace aluvia::admin
