// One accepted client socket: reads request after request and hands each to the flow that it asks for. The
// task's frame owns the socket; when run() returns, the connection is over.
#pragma once

#include "http/head.hpp"
#include "http/target.hpp"
#include "net/deadline.hpp"
#include "net/stream.hpp"
#include "net/task_group.hpp"
#include "proxy/bound_upstreams.hpp"
#include "proxy/failure.hpp"
#include "proxy/head_io.hpp"
#include "proxy/services.hpp"

#include <string>

namespace aluvia::proxy {

class Connection {
 public:
  /// `stop` ends the task that calls run().
  Connection(Services& services, net::Socket socket, net::TaskStop stop);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  net::Task<void> run();
  /// Instead of run(): tells the client why it is not served.
  net::Task<void> decline(Failure failure);

  /// The proxy is being stopped: ends the connection if it waits for a request and none has come. A new one,
  /// whose first may be on its way, still gets Limits::first_request for it, counted from its accept.
  void end_if_idle();

 private:
  enum class Next { another_request, nothing };

  net::Task<HeadOutcome> next_request();
  net::Task<std::error_code> some_bytes();
  net::Task<Next> serve(const HeadOutcome& outcome);
  net::Task<Next> serve_request(std::size_t head_size);
  void forget_credentials() noexcept;
  net::Task<Next> ask_for_credentials(const http::Target& target, std::size_t head_size);
  net::Task<bool> skip_body(std::uint64_t length);
  net::Task<Next> serve_connect(const http::Target& target, std::size_t head_size);
  net::Task<Next> serve_exchange(const http::Target& target, std::size_t head_size);
  net::Task<Next> answer_locally(const http::Target& target);
  net::Task<Next> answer_as_last_recipient();
  net::Task<Next> answer_and_end(std::string answer);
  net::Task<Next> refuse(Failure failure, FailureContext context = {});
  void give_up_idle_descriptors(const Failure& failure);
  net::Task<void> linger();

  Services& services_;
  net::Stream client_;
  BoundUpstreams::Share bound_;
  net::TaskStop stop_;
  std::string buffer_;  // received, not yet consumed; empty and without memory between two requests
  http::RequestHeadReader reader_;
  net::Deadline deadline_;
  net::TimePoint first_request_due_;  // in a stop; long past once it has come
  bool is_idle_ = false;
};

}  // namespace aluvia::proxy
