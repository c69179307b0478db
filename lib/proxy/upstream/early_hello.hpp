// EarlyHello: the TLS ClientHello of a client whose CONNECT was answered before the gateway's answer. It goes
// to the gateway right behind the proxy's CONNECT. Nothing else does: a gateway that rejects the CONNECT must
// not find bytes there that it could take for a request (RFC 9931).
//
// The bytes stay in the connection's buffer until the tunnel is open, so that another try can send them
// again.
#pragma once

#include "net/stream.hpp"
#include "proxy/gateway/early_connect.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace aluvia::proxy {

/// Loop thread only. Client, buffer and gateway outlive it, or the call of stop().
class EarlyHello final : private loop::Waiter {
 public:
  /// `received` has the bytes that the client has sent behind its CONNECT, and gets those that follow.
  EarlyHello(EarlyConnect::Attempt attempt, net::Stream& client, std::string& received,
             std::span<char> loop_buffer)
      : attempt_(std::move(attempt)), client_(client), received_(received), loop_buffer_(loop_buffer) {}

  /// Begins on a new connection. Returns what is to be sent in one write with its CONNECT, maybe nothing.
  std::string_view sent_with_connect();
  /// Sends the ClientHello once it arrives, unless it has been sent. The CONNECT has been written.
  void send_on_arrival(net::Stream& gateway);
  /// Ends that. The rest of the bytes is the tunnel's.
  void stop() noexcept;
  /// Sends nothing before the gateway's answer any more: what the next connection is to get starts with the
  /// first byte of the client.
  void hold_back() noexcept;
  bool holds_back() const noexcept { return holds_back_; }

  /// Returns true if the client has sent more than its ClientHello, or has ended its side. Otherwise cancels
  /// the waits on `gateway` when that happens, until stop().
  bool interrupts(net::Stream& gateway);
  bool has_interrupted() const noexcept { return has_interrupted_; }

  /// Returns how many of the received bytes have gone to the present connection.
  std::size_t sent() const noexcept { return sent_; }

 private:
  enum class Awaits { nothing, hello, more };

  bool read_some();  // false: nothing has come
  void send_if_whole();
  void await_client();
  void on_event(std::error_code error) override;

  const EarlyConnect::Attempt attempt_;
  net::Stream& client_;
  std::string& received_;
  std::span<char> loop_buffer_;
  net::Stream* gateway_ = nullptr;  // while something is awaited for it
  Awaits awaits_ = Awaits::nothing;
  std::size_t sent_ = 0;
  bool holds_back_ = false;
  bool has_interrupted_ = false;
  bool client_is_done_ = false;  // it has ended its side, or failed, which others will see
};

}  // namespace aluvia::proxy
