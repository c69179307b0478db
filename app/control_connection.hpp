// One request to a proxy and its answer, over the Unix socket or the proxy's own TCP port. Blocks for a
// limited time.
#pragma once

#include "admin/control_folder.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::app {

enum class Want { json, text };

struct Reply {
  int status = 0;
  std::string head;  ///< status line and fields
  std::string body;
};

class ControlConnection {
 public:
  ControlConnection() = default;
  explicit ControlConnection(net::OwnedDescriptor socket) : socket_(std::move(socket)) {}
  /// Connects to 127.0.0.1; not open where nothing listens there. Every send and receive waits `patience` at
  /// most.
  static ControlConnection to_loopback(std::uint16_t port, std::chrono::milliseconds patience);

  bool is_open() const noexcept { return static_cast<bool>(socket_); }
  /// Sends one request to the proxy on `port` and reads to the end of the connection, until `patience` is
  /// over. Returns nothing if that is no answer of HTTP. `body` is JSON, or empty.
  std::optional<Reply> ask(std::uint16_t port, std::string_view method, std::string_view target,
                           std::string_view body, Want want, std::chrono::milliseconds patience) const;

 private:
  bool send(std::string_view text) const;
  std::string read_to_end(std::chrono::steady_clock::time_point end) const;

  net::OwnedDescriptor socket_;
};

}  // namespace aluvia::app
