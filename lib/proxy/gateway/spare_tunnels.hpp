// SpareTunnels: notices tunnels that a browser opens and never uses. It opens a second one to a host as long
// as it does not know that HTTP/2 will share the first, and closes it once it knows. Through the gateway each
// would cost a paid TLS handshake. It uses no socket.
#pragma once

#include "loop/asio.hpp"

#include <cstddef>
#include <string>
#include <unordered_map>

namespace aluvia::proxy {

/// Loop thread only.
class SpareTunnels {
  struct Host {
    std::size_t opening = 0;
    loop::TimePoint last_opened{};
    bool has_had_spare = false;
  };

 public:
  /// A tunnel between its CONNECT and its first byte.
  class Opening {
   public:
    Opening(SpareTunnels& owner, const std::string& host);
    ~Opening();
    Opening(const Opening&) = delete;
    Opening& operator=(const Opening&) = delete;

    /// Another tunnel to this host is being opened, or was opened a moment ago.
    bool is_second() const noexcept { return is_second_; }
    /// And the last second one to it was closed unused. Such a tunnel gets no head start.
    bool is_likely_spare() const noexcept { return is_second_ && host_.has_had_spare; }
    /// Records how a second one has ended.
    void was_needed(bool is_needed) noexcept {
      if (is_second_) host_.has_had_spare = !is_needed;
    }

   private:
    Host& host_;
    bool is_second_;
  };

 private:
  Host& host(const std::string& name);

  std::unordered_map<std::string, Host> hosts_;
};

}  // namespace aluvia::proxy
