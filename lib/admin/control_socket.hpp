// The Unix socket through which its owner asks and changes a running proxy: HTTP/1.1, one request for each
// connection, bounded in size, time and number. It reads and writes; what a request means is decided by
// ControlApi.
#pragma once

#include "admin/control_api.hpp"
#include "base/logger.hpp"
#include "loop/task_group.hpp"
#include "net/local_listener.hpp"

#include <functional>
#include <memory>
#include <string>

namespace aluvia::admin {

/// Loop thread only. Must outlive its tasks: stop() and run the loop until `stopped`.
class ControlSocket {
 public:
  /// The error is a sentence; the proxy can do without.
  static Result<std::unique_ptr<ControlSocket>, std::string> open(loop::Loop& loop, const std::string& path,
                                                                  ControlApi api, Logger logger);
  void start();
  /// Removes the socket, ends what is under way, and calls `stopped` once.
  void stop(std::function<void()> stopped);

 private:
  ControlSocket(loop::Loop& loop, std::unique_ptr<net::LocalListener> listener, ControlApi api,
                Logger logger);
  loop::Task<void> serve(net::Socket socket, bool same_user);

  const ControlApi api_;
  const Logger logger_;
  std::unique_ptr<net::LocalListener> listener_;
  loop::TaskGroup tasks_;
};

}  // namespace aluvia::admin
