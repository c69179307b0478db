// The client's request on its way to the upstream: the head goes out with the body bytes that came with it, a
// pump sends the rest of the body, so that the response can be read meanwhile. A response does not end it. A
// copy of what was sent is held where the request may have to be sent again.
#pragma once

#include "http/framing.hpp"
#include "loop/event.hpp"
#include "net/pump.hpp"
#include "proxy/body_filter.hpp"
#include "proxy/services.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::proxy {

/// Loop thread only. The client's stream, and the upstream's between begin() and stop(), outlive it.
class Upload final : private net::PumpFilter {
 public:
  enum class State {
    idle,             ///< before begin(), and after stop()
    running,          ///< the pump sends, or waits for the client's next bytes
    sent,             ///< head and body, whole
    upstream_failed,  ///< the upstream takes no more of it: closed or reset
    client_failed,    ///< the client ended or reset its side before the end of the body
    malformed,        ///< bad chunked coding: error()
  };

  /// Longest body that is held to be sent again, and longest beginning of one.
  static constexpr std::size_t longest_copy = 64 * 1024;

  enum class Copy { none, until_answered };

  /// `on_end` is called when a running upload reaches another state by itself: from the loop, never from
  /// inside begin().
  Upload(Services& services, net::Stream& client, http::Framing framing, Copy copy,
         std::function<void()> on_end);

  /// Takes the bytes at the front of `buffer` that are the body's; the next request's stay. False: malformed.
  bool take_first(std::string& buffer);

  /// Sends `head` and the body; after stop(), where the request is_whole(), all of it again. What the socket
  /// does not take at once is left to the pump, which overwrites it behind itself: the head may hold the
  /// gateway's credential.
  void begin(net::Stream& upstream, std::string_view head);

  /// Ends the pump: the upstream's stream is used no more. on_end is not called.
  void stop();

  /// Returns true as long as every byte of the body that has come from the client is held.
  bool is_whole() const noexcept { return keeps_copy_; }
  /// The request has been answered: it is never sent again.
  void forget_copy() noexcept;

  /// Returns once the upload is no longer running. One task at a time.
  loop::Task<void> wait_for_end();
  /// Ends a running one soon, as client_failed.
  void give_up();

  State state() const noexcept { return state_; }
  bool is_sent() const noexcept { return state_ == State::sent; }
  bool is_running() const noexcept { return state_ == State::running; }
  /// Returns true once a byte of the body has come from the client.
  bool has_body_begun() const noexcept { return has_body_begun_; }
  /// Precondition: State::malformed, or take_first() returned false.
  const http::ParseError& error() const noexcept { return body_.error(); }

  /// When bytes moved last; TimePoint::min() where no pump was needed.
  loop::TimePoint last_progress() const noexcept;
  /// Bytes read behind the end of the body: they begin the next request.
  std::string take_leftover() noexcept;

 private:
  Verdict inspect(std::span<char> bytes) override;
  std::uint64_t read_limit() const override;
  bool may_end() const override { return body_.may_end(); }
  std::uint64_t opaque() const override;
  void pass(std::uint64_t count) override;

  void on_pump_end(net::Pump::End end);
  void hold(std::span<const char> bytes);

  Services& services_;
  net::Stream& client_;
  std::function<void()> on_end_;
  BodyFilter body_;
  std::string held_;  // body bytes: those that came with the head, until they are sent, or all so far
  bool keeps_copy_;
  std::string leftover_;  // of a pump that has gone
  std::optional<net::Pump> pump_;
  State state_ = State::idle;
  bool has_body_begun_ = false;
  std::optional<loop::Event> over_;  // while wait_for_end() waits
};

}  // namespace aluvia::proxy
