// The part of an exchange that notices faults, stalls and peers that have gone, and puts them into words.
#include "loop/coarse_clock.hpp"
#include "net/tcp_state.hpp"
#include "proxy/exchange.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace aluvia::proxy {

void Exchange::watch() {
  phase_begin_ = loop::coarse_now();
  deadline_.set_at(phase_begin_ + std::min(look_interval, services_.limits.stall));
}

// Looks after an exchange that takes its time: bytes may have moved since the last look, then all is well.
// No pump reads from the client while we wait for an upstream, so this asks the kernel for the client's end.
void Exchange::on_deadline() {
  const loop::TimePoint now = loop::Clock::now();
  loop::TimePoint last = std::max(phase_begin_, upload_.last_progress());
  if (download_) last = std::max(last, download_->last_progress());
  stalled_ = last + services_.limits.stall <= now;
  if (answered_) {
    if (stalled_ || is_upload_hopeless(now)) return upload_.give_up();
    return deadline_.set_at(std::min(now + look_interval, last + services_.limits.stall));
  }
  if (!stalled_ && is_kept_one_lost()) return upstream_->stream.cancel();
  if (!stalled_ && !presence_.has_left(now, last)) {
    return deadline_.set_at(std::min(now + look_interval, last + services_.limits.stall));
  }
  client_lost_ = client_lost_ || !stalled_;
  give_up_response();
  client_.cancel();  // also a response may be stuck, at a client that does not read
}

// The request has been answered. An orderly end of the client or the upstream does not count: bytes that the
// client sent before may still wait to be read, and a server that closes its side often reads on (RFC 9112
// §9.6). A reset of either counts, and so does a body that the client seems to withhold.
bool Exchange::is_upload_hopeless(loop::TimePoint now) {
  if (client_.was_reset() || upstream_->stream.peer_state() == net::PeerState::gone) return true;
  return may_withhold_body_ && !upload_.has_body_begun() && now >= phase_begin_ + services_.limits.linger;
}

// A kept connection may have died without a word, as with the network of a laptop that has moved: where the
// request can be sent twice, a new one is tried long before this one would be given up.
bool Exchange::is_kept_one_lost() noexcept {
  return upstream_->reused && repeatable_ && !answering_ && received_.empty() &&
         net::is_unheard(upstream_->stream);
}

Exchange::Reply Exchange::explain_silence(const HeadOutcome& outcome) {
  if (upload_.state() == Upload::State::malformed) {
    failure_ = error_from(upload_.error());
    return Reply::over;
  }
  if (stalled_ && !upload_.is_sent() && net::has_taken_all(upstream_->stream)) {
    fail(ProxyErrorKind::request_timeout, "the request's body did not arrive in time");
    return Reply::over;
  }
  if (stalled_) {
    fail(ProxyErrorKind::response_timeout,
         fmt::format("{} accepted the request but did not answer in time", whom()));
    return Reply::over;
  }
  if (has_client_failed()) return Reply::over;
  if (outcome.kind == HeadOutcome::Kind::malformed) {
    fail_malformed(outcome.parse_error);
    return Reply::over;
  }
  if (upstream_->reused && received_.empty() && repeatable_) return Reply::try_again;
  const std::string how =
      outcome.kind == HeadOutcome::Kind::ended ? "closed the connection" : outcome.error.message();
  const bool partly = !received_.empty();
  fail(partly ? ProxyErrorKind::response_incomplete : ProxyErrorKind::connection_terminated,
       fmt::format("{} {} the response: {}", whom(), partly ? "broke off" : "did not send", how));
  return Reply::over;
}

std::string Exchange::whom() const {
  if (decision_.route == rules::Route::direct) return authority_.text();
  return name_of(decision_.snapshot->gateway);
}

Exchange::End Exchange::fail(ProxyErrorKind kind, std::string details, int status) {
  failure_ = ProxyError{kind, std::move(details), status};
  return End::failed;
}

// The gateway has refused the credentials, and the request is not sent again.
Exchange::End Exchange::fail_refused() {
  const std::string refused = fmt::format("{} refused the proxy credentials", whom());
  if (!retry_.has_renewed()) return fail(ProxyErrorKind::gateway_credentials, refused, 407);
  return fail(ProxyErrorKind::gateway_credentials_renewed,
              refused + "; the configuration is a newer one now, but this request cannot be sent again", 407);
}

Exchange::End Exchange::fail_malformed(const http::ParseError& error) {
  return fail(ProxyErrorKind::response_malformed,
              fmt::format("the response of {} is not valid HTTP: {}", whom(), error.why));
}

}  // namespace aluvia::proxy
