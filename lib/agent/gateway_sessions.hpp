// GatewaySessions: gives the TLS sessions of the last run to the connections to the gateway, and saves those
// for the next run in the state directory. Private to the module.
#pragma once

#include "agent/session_store.hpp"
#include "base/logger.hpp"
#include "base/result.hpp"
#include "loop/deadline.hpp"
#include "loop/loop.hpp"
#include "net/tls.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace aluvia::agent {

/// Loop thread only, or before the loop runs. The TLS context must live until finish().
class GatewaySessions {
 public:
  struct Gateway {
    std::string host;
    std::uint16_t port = 0;
  };
  /// Runs `work` on a thread that may block.
  using RunOffLoop = std::function<void(std::function<void()> work)>;

  /// Reads and removes the file of the last run, with a warning if it cannot be used. `directory` is the
  /// state directory. The trusted certificates are those of the start, so the file is compared with them
  /// once.
  GatewaySessions(loop::Loop& loop, const net::TlsContext& tls, Gateway gateway, std::string directory,
                  const Logger& logger, RunOffLoop run_off_loop);
  ~GatewaySessions();
  GatewaySessions(const GatewaySessions&) = delete;
  GatewaySessions& operator=(const GatewaySessions&) = delete;

  /// Hands all sessions to the disk. No connection to the gateway may begin later.
  void finish();

 private:
  void restore();
  Result<std::size_t, std::string> read_file() const;
  void save(net::TlsContext::Saved which);

  const net::TlsContext& tls_;
  const Gateway gateway_;
  const Logger logger_;
  const std::shared_ptr<SessionStore> store_;
  const RunOffLoop run_off_loop_;
  std::optional<loop::Deadline> save_deadline_;  // empty after finish()
};

}  // namespace aluvia::agent
