#include "proxy/exchange.hpp"

#include "base/secret.hpp"
#include "http/connection_auth.hpp"
#include "http/forward.hpp"
#include "http/framing.hpp"
#include "http/method.hpp"
#include "http/upgrade.hpp"

#include <utility>

#include <fmt/format.h>

namespace aluvia::proxy {

Exchange::Traits::Traits(const ClientRequest& request, rules::Route route)
    : method(request.head.method),
      keeps_client(http::allows_next_request(request.head)),
      closes_upstream(!keeps_client && route == rules::Route::direct &&
                      http::list_contains(request.head.fields, "Connection", "close")),
      is_repeatable(request.framing.kind == http::BodyKind::none && http::is_idempotent(request.head.method)),
      binds(http::binds_connection(request.head.fields)),
      expects_continue(request.framing.kind != http::BodyKind::none && request.head.minor > 0 &&
                       http::find_field(request.head.fields, "Expect") != nullptr),
      offered_protocols(http::offered_protocols(request.head)) {}

Exchange::Exchange(Services& services, const Client& client, const ClientRequest& request)
    : services_(services),
      bound_(client.bound),
      buffer_(client.buffer),
      address_(client.address),
      authority_(request.target.authority),
      decision_(services.router.decide(authority_)),
      account_(services.reporter, request.begun, authority_, decision_),
      caller_{client.stream, client.stop, account_},
      request_(request, decision_.route),
      upload_(services, client.stream, request.framing,
              decision_.route == rules::Route::gateway ? Upload::Copy::until_answered : Upload::Copy::none,
              [this] { on_upload_end(); }),
      response_(services, client.stream, request.head.minor),
      retry_(services, client.stream),
      watch_(client.stream, services.limits, [this] { on_look(); }) {
  services.reporter.add_details(account_, address_.get(), request.target.path);
  write_request_head(request);
  buffer_.erase(0, request.head_size);
}

Exchange::~Exchange() {
  if (!is_handed_over_) report();
  wipe(outgoing_);
}

void Exchange::write_request_head(const ClientRequest& request) {
  http::OutgoingRequest outgoing;
  if (decision_.route == rules::Route::gateway) {
    outgoing.form = http::OutgoingForm::absolute;
    outgoing.proxy_authorization = decision_.snapshot->gateway_authorization.reveal();
  }
  http::append_request_head(outgoing_, request.head, request.target, outgoing);
}

loop::Task<Exchange::End> Exchange::run() {
  if (!upload_.take_first(buffer_)) co_return fail(error_from(upload_.error()));
  for (bool may_reuse = true;; may_reuse = false) {
    if (!may_reuse || !take_kept_upstream()) {
      const bool may_be_warm = may_reuse && is_repeatable();
      auto opened =
          co_await services_.upstreams.dialer.open_upstream(decision_, authority_, may_be_warm, caller_);
      if (!opened) co_return fail(std::move(opened.error()));
      adopt(std::move(opened->stream), request_.binds);
    }
    watch_.begin();
    account_.trace().wire.awaits_read = true;
    upload_.begin(upstream_->stream, outgoing_);
    const HeadOutcome outcome = co_await response_.read_head(upstream_->stream);
    const bool again = co_await is_to_be_sent_again(outcome);
    if (!again && outcome.kind != HeadOutcome::Kind::complete) co_return fail_without_response(outcome);
    if (!again) break;
    watch_.end();
    stop_sending();
    account_.follow(authority_, decision_);
  }
  if (response_.head().status == 101) {
    const End end = co_await become_tunnel();
    co_return end;
  }
  auto started = start_response();
  if (!started) co_return fail(std::move(started.error()));
  const bool is_whole = co_await response_.forward();
  if (!is_whole) co_return End::broken;
  note_response_sent();
  if (upload_.is_running()) {
    if (response_.ends_by_close()) caller_.client.shutdown_send();
    watch_.begin();
    co_await upload_.wait_for_end();
  }
  co_return settle();
}

bool Exchange::take_kept_upstream() {
  if (auto own = bound_.take(decision_, authority_)) {
    account_.trace().begin_try(true);
    adopt(std::move(*own), true);
    return true;
  }
  auto kept = services_.upstreams.pool.take(decision_, authority_, is_repeatable());
  if (!kept) return false;
  account_.trace().begin_try(true);
  adopt(std::move(*kept), request_.binds);
  return true;
}

void Exchange::adopt(net::Stream stream, bool is_bound) {
  upstream_.emplace(Upstream{std::move(stream), is_bound});
  upstream_->stream.count_in(&account_.trace().wire);
}

// A client that has received an interim response would receive it twice.
bool Exchange::is_repeatable() const noexcept {
  return request_.is_repeatable && !response_.has_forwarded_interim();
}

// Where a kept connection had died, or the gateway has an error that may pass: on a new connection.
loop::MaybeTask<bool> Exchange::is_to_be_sent_again(const HeadOutcome& outcome) {
  if (outcome.kind != HeadOutcome::Kind::complete) return has_kept_one_died(outcome);
  if (!may_ask_gateway_again()) return false;
  response_.hold();
  watch_.end();
  if (response_.head().status == 407) stop_sending();
  return retry_.is_to_be_sent_again(response_.head(), {authority_, decision_, outgoing_, upload_.is_whole()});
}

// Another connection would not know the user of a bound one; only fresh credentials for the gateway are worth
// that.
bool Exchange::may_ask_gateway_again() {
  if (decision_.route == rules::Route::direct) return false;
  services_.gateway.circuit.answered();
  if (is_upstream_bound() && response_.head().status != 407) return false;
  return ResponseRetry::may_help(response_.head(), is_repeatable());
}

bool Exchange::is_upstream_bound() const noexcept {
  return upstream_->bound || response_.binds_upstream();
}

// Bytes that the client has not sent yet stay with it.
void Exchange::stop_sending() {
  upload_.stop();
  upstream_.reset();
}

Result<void, ProxyError> Exchange::start_response() {
  const http::ResponseHead& head = response_.head();
  if (decision_.route == rules::Route::gateway && head.status == 407) return Err{rejected_credentials()};
  const auto framing = http::response_framing(head, request_.method);
  if (!framing) return Err{malformed_response(framing.error())};
  upload_.forget_copy();
  wipe(outgoing_);  // it may have to grow, which would leave the credential in freed memory
  const auto started = response_.start(*framing, may_keep_client(), std::move(outgoing_));
  if (!started) return Err{malformed_response(started.error())};
  status_ = head.status;
  watch_.begin();
  return {};
}

// Another request can follow a body that is still on its way, but not one that may never come, or that the
// upstream takes no more of.
bool Exchange::may_keep_client() noexcept {
  if (!request_.keeps_client || services_.stopping || may_withhold_body()) return false;
  return upload_.is_sent() ||
         (upload_.is_running() && upstream_->stream.peer_state() != net::PeerState::gone);
}

bool Exchange::may_withhold_body() const noexcept {
  return request_.expects_continue && !response_.has_forwarded_continue() && !upload_.has_body_begun();
}

// The response is complete, the request may not be.
void Exchange::note_response_sent() {
  ++services_.counters.of(decision_.route).requests;
}

Exchange::End Exchange::settle() {
  watch_.end();
  if (!upload_.is_sent()) return End::close;  // none of the rest may be taken for a request
  buffer_.append(upload_.take_leftover());
  const bool keeps_client = response_.keeps_client() && !services_.stopping;
  if (response_.keeps_upstream() && !request_.closes_upstream) {
    upload_.stop();
    keep_upstream(keeps_client);
  }
  return keeps_client ? End::keep : End::close;
}

void Exchange::keep_upstream(bool client_stays) {
  // A configuration that came meanwhile may route the next request differently: it would not use this one.
  if (!services_.router.is_current(decision_) &&
      !is_same_route(decision_, services_.router.decide(authority_))) {
    return;
  }
  upstream_->stream.count_in(nullptr);
  if (!is_upstream_bound())
    return services_.upstreams.pool.put(decision_, authority_, std::move(upstream_->stream));
  if (client_stays) bound_.put(decision_, authority_, std::move(upstream_->stream));
}

loop::Task<Exchange::End> Exchange::become_tunnel() {
  if (request_.offered_protocols.empty() || !upload_.is_sent()) {
    co_return fail({ProxyErrorKind::response_malformed,
                    fmt::format("{} switched protocols without being asked", whom())});
  }
  if (!http::switches_as_offered(response_.head(), request_.offered_protocols)) {
    co_return fail({ProxyErrorKind::response_malformed,
                    fmt::format("{} switched to a protocol that the client did not offer", whom())});
  }
  watch_.begin();
  const std::error_code gone = co_await response_.forward_switch();
  if (gone) co_return End::broken;
  watch_.end();
  ++services_.counters.of(decision_.route).requests;
  buffer_.append(upload_.take_leftover());
  upload_.stop();
  TunnelTable::Ends ends{std::move(caller_.client), std::move(upstream_->stream), std::move(buffer_),
                         response_.take_rest()};
  is_handed_over_ = true;
  services_.tunnels.open(std::move(ends), authority_, decision_,
                         {request_.method, 101, account_, std::move(address_)});
  co_return End::handed_over;
}

// At the end of the exchange's life, so that a cancelled task is reported, too.
void Exchange::report() {
  using Outcome = telemetry::RequestRecord::Outcome;
  telemetry::RequestRecord record = record_of(request_.method, authority_, decision_);
  const bool is_over_budget = account_.is_over_budget();
  if (upstream_ && !response_.is_complete() && !is_over_budget) upstream_->stream.count_unread();
  if (failure_) return services_.reporter.report_failure(account_, record, *failure_);
  if (response_.has_started()) record.status = status_;
  if (!response_.is_complete()) {
    const bool is_cut = response_.is_cut() || (response_.has_started() && watch_.is_stalled());
    record.outcome = is_cut ? Outcome::failed : Outcome::aborted;
    record.error = is_cut ? row_of(ProxyErrorKind::response_incomplete).error : "";
    record.reason = is_cut ? "the response broke off" : client_left;
    if (is_cut && is_over_budget) record.reason = "cut because its budget is used up";
  }
  services_.reporter.report(account_, record);
}

}  // namespace aluvia::proxy
