// ResponseRelay: the upstream's response on its way to the client. It reads the head, forwards interim
// responses, checks the framing of the body, and pumps the body.
#pragma once

#include "http/forward.hpp"
#include "http/framing.hpp"
#include "http/head.hpp"
#include "loop/task.hpp"
#include "net/pump.hpp"
#include "proxy/body_filter.hpp"
#include "proxy/head_outcome.hpp"
#include "proxy/services.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace aluvia::proxy {

/// Serves one request, which may be sent more than once: read_head() as often as that, then either start()
/// and forward(), or forward_switch(). Loop thread only. The client's stream outlives it, and so does the
/// upstream's from read_head() to the end of the response.
class ResponseRelay {
 public:
  ResponseRelay(Services& services, net::Stream& client, int client_minor);
  /// Resets the client's connection if the response has been cut: after a plain close, a body without a
  /// length would look complete.
  ~ResponseRelay();
  ResponseRelay(const ResponseRelay&) = delete;
  ResponseRelay& operator=(const ResponseRelay&) = delete;

  /// Storage for the fields of the head: lent before read_head(), given back at the end.
  void lend(http::Fields storage) noexcept { reader_.take_storage(std::move(storage)); }
  http::Fields give_back() noexcept { return reader_.give_storage(); }

  /// Reads up to the head of the final response or of a 101, and forwards interim responses on the way. The
  /// first call for an upstream forgets all that came from another one.
  loop::Task<HeadOutcome> read_head(net::Stream& upstream);
  /// The head that read_head() found. Its views hold until the next wait of any task, or after hold().
  const http::ResponseHead& head() const noexcept { return reader_.head(); }
  /// Keeps the head for as long as this object waits.
  void hold();

  /// Begins the final response: writes its head into `storage`, and checks the bytes of the body that came
  /// with it. `keeps_client` says if the client's connection may carry another request. An error means that
  /// nothing has been sent.
  Result<void, http::ParseError> start(http::Framing framing, bool keeps_client, std::string storage);
  /// Sends head and body. Returns false if the response was cut.
  loop::MaybeTask<bool> forward();

  /// Sends the head of a 101. The error is the client's.
  loop::Task<std::error_code> forward_switch() { return forward_head(); }
  /// Returns the upstream's bytes behind the head of a 101.
  std::string take_rest() noexcept { return std::move(received_); }

  /// Ends every wait for the upstream soon: read_head() fails, forward() returns false.
  void give_up();

  /// Returns true once bytes of a head have been kept.
  bool has_begun() const noexcept { return !received_.empty(); }
  bool has_started() const noexcept { return state_ != State::reading; }
  bool is_complete() const noexcept { return state_ == State::complete; }
  /// Returns true if the upstream did not send all of the response that has started.
  bool is_cut() const noexcept { return is_cut_; }
  bool has_forwarded_interim() const noexcept { return has_forwarded_interim_; }
  /// Returns true once the client has been told to send its body (100).
  bool has_forwarded_continue() const noexcept { return has_forwarded_continue_; }

  /// Returns true if another request may follow this response on the upstream's connection.
  bool keeps_upstream() const noexcept { return keeps_upstream_; }
  /// Returns true if the head told the client that another request may follow.
  bool keeps_client() const noexcept { return keeps_client_; }
  /// Returns true if the client learns the end of the response by the end of its connection.
  bool ends_by_close() const noexcept { return ends_by_close_; }
  /// Returns true if the upstream has begun to authenticate its connection.
  bool binds_upstream() const noexcept { return binds_upstream_; }

  /// When bytes of the body moved last; TimePoint::min() if no pump was needed.
  loop::TimePoint last_progress() const noexcept;

 private:
  enum class State { reading, started, complete };

  void begin(net::Stream& upstream);
  HeadOutcome begin_reading();
  HeadOutcome try_head();
  HeadOutcome judge(std::size_t head_size);
  void keep_arrived();
  void drop_head();
  loop::MaybeTask<std::error_code> forward_interim();
  loop::Task<std::error_code> forward_head();
  Result<std::size_t, http::ParseError> take_first_body_bytes();
  void gather(std::size_t body_bytes);
  loop::Task<bool> forward_rest(std::size_t sent);
  loop::Task<bool> pump_body();
  void forget_sent() noexcept;

  Services& services_;
  net::Stream& client_;
  const int client_minor_;
  net::Stream* upstream_ = nullptr;

  http::ResponseHeadReader reader_;
  std::string received_;     // the head and what came with it, where it must be kept
  std::span<char> arrived_;  // the same, in received_ or, until the next wait, in the loop's buffer
  std::size_t head_size_ = 0;
  int interims_ = 0;  // from this upstream
  bool has_forwarded_interim_ = false;
  bool has_forwarded_continue_ = false;
  bool binds_upstream_ = false;
  bool is_given_up_ = false;
  bool is_cut_ = false;

  State state_ = State::reading;
  std::optional<BodyFilter> body_;
  bool keeps_client_ = false;
  bool keeps_upstream_ = false;
  bool ends_by_close_ = false;
  std::string outgoing_;  // the head to send, and a short beginning of the body
  std::optional<net::Pump> pump_;
};

}  // namespace aluvia::proxy
