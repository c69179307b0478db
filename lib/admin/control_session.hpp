// One connection of the Unix socket: a request in, an answer out. Private to the module.
#pragma once

#include "admin/answer.hpp"
#include "admin/control_api.hpp"
#include "http/head.hpp"
#include "loop/deadline.hpp"
#include "net/stream.hpp"

#include <string>

namespace aluvia::admin {

/// Lives in the frame of its task.
class ControlSession {
 public:
  ControlSession(const ControlApi& api, net::Socket socket);

  loop::Task<void> run(bool same_user);

 private:
  enum class Got { request, fault, nothing };

  loop::Task<Got> read_request();
  loop::Task<bool> read_some();
  loop::Task<void> handle_request();
  loop::Task<void> write(SecretString text);

  const ControlApi& api_;
  net::Stream stream_;
  loop::Deadline deadline_;
  http::RequestHeadReader reader_;
  std::string buffer_;
  std::size_t head_size_ = 0;
  std::size_t body_size_ = 0;
  Answer answer_;
};

}  // namespace aluvia::admin
