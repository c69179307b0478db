// The part of an exchange that notices faults, stalls and peers that have disconnected, and describes them.
#include "net/tcp_state.hpp"
#include "proxy/exchange.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace aluvia::proxy {

// An upstream that takes no more of the request may have responded before: its response decides.
void Exchange::on_upload_end() {
  if (!response_.is_complete() && (has_client_failed() || account_.is_over_budget())) response_.give_up();
}

bool Exchange::has_client_failed() const noexcept {
  return watch_.is_client_gone() || upload_.state() == Upload::State::malformed ||
         upload_.state() == Upload::State::client_failed;
}

// Does nothing as long as bytes move.
void Exchange::on_look() {
  const loop::TimePoint now = loop::Clock::now();
  const bool is_stalled =
      watch_.has_stalled(now, std::max(upload_.last_progress(), response_.last_progress()));
  if (response_.is_complete()) {
    if (is_stalled || is_upload_hopeless(now)) return upload_.give_up();
    return watch_.look_again(now);
  }
  if (!is_stalled && is_kept_one_lost()) return upstream_->stream.cancel();
  if (!is_stalled && !watch_.has_client_left(now)) return watch_.look_again(now);
  response_.give_up();
  caller_.client.cancel();  // the response may wait for a client that does not read
}

// Call it after the end of the response. An orderly end of the client or the upstream does not count: bytes
// that the client sent before may still wait to be read, and a server that closes its side often reads on
// (RFC 9112 §9.6). A reset of either counts, and so does a body that the client seems to withhold.
bool Exchange::is_upload_hopeless(loop::TimePoint now) noexcept {
  if (caller_.client.was_reset() || upstream_->stream.peer_state() == net::PeerState::gone) return true;
  return may_withhold_body() && now >= watch_.begun() + services_.limits.linger;
}

// A kept connection may die without a packet, as when a laptop changes its network: if the request can be
// sent twice, a new one is tried long before this one would be given up.
bool Exchange::is_kept_one_lost() noexcept {
  return account_.trace().is_reused && is_repeatable() && !response_.has_started() &&
         !response_.has_begun() && net::is_unheard(upstream_->stream);
}

// A server may close a kept connection just when the request arrives.
bool Exchange::has_kept_one_died(const HeadOutcome& outcome) const noexcept {
  const bool has_ended =
      outcome.kind == HeadOutcome::Kind::ended || outcome.kind == HeadOutcome::Kind::failed;
  return has_ended && !watch_.is_stalled() && !account_.is_over_budget() && !has_client_failed() &&
         account_.trace().is_reused && is_repeatable() && !response_.has_begun();
}

Exchange::End Exchange::fail(ProxyError error) {
  failure_ = std::move(error);
  return End::failed;
}

Exchange::End Exchange::fail_without_response(const HeadOutcome& outcome) {
  if (outcome.kind == HeadOutcome::Kind::client_failed) return End::broken;
  if (upload_.state() == Upload::State::malformed) return fail(error_from(upload_.error()));
  if (!watch_.is_stalled() && has_client_failed()) return End::broken;
  if (account_.is_over_budget()) return fail(services_.router.over_budget(authority_));
  return fail(no_response(outcome));
}

ProxyError Exchange::no_response(const HeadOutcome& outcome) {
  if (watch_.is_stalled() && !upload_.is_sent() && net::has_taken_all(upstream_->stream)) {
    return {ProxyErrorKind::request_timeout, "the request's body did not arrive in time"};
  }
  if (watch_.is_stalled()) {
    return {ProxyErrorKind::response_timeout,
            fmt::format("{} accepted the request but did not answer in time", whom())};
  }
  if (outcome.kind == HeadOutcome::Kind::malformed) return malformed_response(outcome.parse_error);
  const std::string how =
      outcome.kind == HeadOutcome::Kind::ended ? "closed the connection" : outcome.error.message();
  const bool partly = response_.has_begun();
  return {partly ? ProxyErrorKind::response_incomplete : ProxyErrorKind::connection_terminated,
          fmt::format("{} {} the response: {}", whom(), partly ? "broke off" : "did not send", how)};
}

std::string Exchange::whom() const {
  if (decision_.route == rules::Route::direct) return authority_.text();
  return name_of(decision_.snapshot->gateway);
}

// Call it for a 407 if the request is not sent again.
ProxyError Exchange::rejected_credentials() const {
  const std::string refused = fmt::format("{} refused the proxy credentials", whom());
  if (!retry_.has_renewed()) return {ProxyErrorKind::gateway_credentials, refused, 407};
  return {ProxyErrorKind::gateway_credentials_renewed,
          refused + "; the configuration is a newer one now, but this request cannot be sent again", 407};
}

ProxyError Exchange::malformed_response(const http::ParseError& error) const {
  return {ProxyErrorKind::response_malformed,
          fmt::format("the response of {} is not valid HTTP: {}", whom(), error.why)};
}

}  // namespace aluvia::proxy
