// The Unix socket through which its owner asks and changes a running proxy: HTTP/1.1, one request for each
// connection, bounded in size, time and number. It reads and writes; what a request means is the desk's.
#pragma once

#include "admin/desk.hpp"
#include "base/logger.hpp"
#include "net/local_listener.hpp"
#include "net/task_group.hpp"

#include <functional>
#include <memory>
#include <string>

namespace aluvia::admin {

/// Loop thread only. Must outlive its tasks: stop() and run the loop until `stopped`.
class ControlSocket {
 public:
  /// The error is a sentence; the proxy can do without.
  static Result<std::unique_ptr<ControlSocket>, std::string> open(net::Loop& loop, const std::string& path,
                                                                  Desk desk, Logger logger);
  void start();
  /// Removes the socket, ends what is under way, and calls `stopped` once.
  void stop(std::function<void()> stopped);

 private:
  ControlSocket(net::Loop& loop, std::unique_ptr<net::LocalListener> listener, Desk desk, Logger logger);
  net::Task<void> serve(net::LocalSocket socket, bool same_user);

  const Desk desk_;
  const Logger logger_;
  std::unique_ptr<net::LocalListener> listener_;
  net::TaskGroup tasks_;
};

}  // namespace aluvia::admin
