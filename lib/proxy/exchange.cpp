#include "proxy/exchange.hpp"

#include "base/secret.hpp"
#include "http/connection_auth.hpp"
#include "http/forward.hpp"
#include "http/framing.hpp"
#include "http/method.hpp"
#include "http/upgrade.hpp"
#include "loop/coarse_clock.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace aluvia::proxy {
namespace {

// Copying less than this costs less than a gathered write.
constexpr std::size_t worth_gathering = 4096;

// More interim responses than this to one request are a peer's mistake or malice.
constexpr int interim_limit = 32;

}  // namespace

Exchange::Exchange(Services& services, const Caller& caller, BoundUpstreams::Share& bound,
                   std::string& buffer, const ClientRequest& request)
    : services_(services),
      caller_(caller),
      client_(caller.client),
      bound_(bound),
      buffer_(buffer),
      authority_(request.target.authority),
      decision_(services.router.decide(authority_)),
      method_(request.head.method),
      client_minor_(request.head.minor),
      client_keeps_(http::allows_next_request(request.head)),
      asks_origin_to_close_(decision_.route == rules::Route::direct &&
                            http::list_contains(request.head.fields, "Connection", "close")),
      offered_protocols_(http::offered_protocols(request.head)),
      repeatable_(request.framing.kind == http::BodyKind::none && http::is_idempotent(request.head.method)),
      binds_(http::binds_connection(request.head.fields)),
      may_withhold_body_(request.framing.kind != http::BodyKind::none && request.head.minor > 0 &&
                         http::find_field(request.head.fields, "Expect") != nullptr),
      upload_(services, client_, request.framing,
              decision_.route == rules::Route::gateway ? Upload::Copy::until_answered : Upload::Copy::none,
              [this] { on_upload_end(); }),
      retry_(services, client_),
      response_(services.limits.response_head),
      deadline_(client_.executor(), [this] { on_deadline(); }),
      phase_begin_(loop::coarse_now()),
      presence_(client_, services.limits) {
  write_request_head(request);
  buffer_.erase(0, request.head_size);
  if (!upload_.take_first(buffer_)) failure_ = failure_from(upload_.error());
}

Exchange::~Exchange() {
  // What was cut must not look whole: a plain close would be the proper end of a body without a length.
  if (answering_) client_.reset_on_close();
  services_.counters.of(decision_.route).bytes_up += upload_.bytes();
  count_download();
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
  if (failure_) co_return End::failed;
  for (bool may_reuse = true;; may_reuse = false) {
    const bool obtained = co_await obtain_upstream(may_reuse);
    if (!obtained) co_return End::failed;
    watch();
    upload_.begin(upstream_->stream, outgoing_);
    const Reply reply = co_await await_response();
    if (reply == Reply::over) co_return failure_ ? End::failed : End::broken;
    if (reply == Reply::head_read) {
      if (!may_ask_gateway_again()) break;
      deadline_.clear();
      if (response_.head().status == 407) stop_sending();
      const bool again = co_await retry_.is_to_be_sent_again(
          response_.head(), {authority_, decision_, outgoing_, upload_.is_whole()});
      if (!again) break;
    }
    deadline_.clear();  // a kept connection had died, or the gateway had a fault: once more, on a new one
    stop_sending();
    received_.clear();
    response_.reset();
  }
  co_return co_await pass_response();
}

// Before anything of the answer has been passed on. Another connection would not know the user of a bound
// one; only fresh credentials for the gateway are worth that.
bool Exchange::may_ask_gateway_again() {
  if (decision_.route == rules::Route::direct) return false;
  services_.circuit.answered();
  if (upstream_->bound && response_.head().status != 407) return false;
  return ResponseRetry::may_help(response_.head(), repeatable_);
}

// Bytes that the client has not sent yet stay with it.
void Exchange::stop_sending() {
  upload_.stop();
  upstream_.reset();
}

loop::Task<bool> Exchange::obtain_upstream(bool may_reuse) {
  if (may_reuse) {
    if (auto own = bound_.take(decision_, authority_)) {
      upstream_.emplace(Upstream{std::move(*own), true, true});
      co_return true;
    }
    if (auto kept = services_.pool.take(decision_, authority_, repeatable_)) {
      upstream_.emplace(Upstream{std::move(*kept), true, binds_});
      co_return true;
    }
  }
  auto dialed =
      co_await services_.dialer.open_upstream(decision_, authority_, may_reuse && repeatable_, caller_);
  if (!dialed) {
    failure_ = std::move(dialed.error());
    co_return false;
  }
  upstream_.emplace(Upstream{std::move(dialed->stream), dialed->was_warm, binds_});
  co_return true;
}

// Where the upstream failed it may have answered already: its response decides.
void Exchange::on_upload_end() {
  if (!answered_ && has_client_failed()) give_up_response();
}

bool Exchange::has_client_failed() const noexcept {
  return client_lost_ || upload_.state() == Upload::State::malformed ||
         upload_.state() == Upload::State::client_failed;
}

void Exchange::give_up_response() {
  upstream_->stream.cancel();
  if (download_) download_->cancel();
}

// Reads up to the final response head; interim responses are passed on as they come.
loop::Task<Exchange::Reply> Exchange::await_response() {
  // Nothing can have come yet, so that a try would be a system call for nothing; TLS may hold bytes that no
  // wait ends for.
  if (!upstream_->stream.is_tls()) {
    const std::error_code error = co_await upstream_->stream.ready(loop::Want::read);
    if (error) co_return explain_silence(HeadOutcome{HeadOutcome::Kind::failed, 0, {}, error});
  }
  for (int interim = 0; interim < interim_limit; ++interim) {
    const HeadOutcome outcome =
        co_await read_head(upstream_->stream, received_, response_, services_.loop_buffer);
    if (outcome.kind != HeadOutcome::Kind::complete) co_return explain_silence(outcome);
    response_size_ = outcome.size;
    upstream_->bound = upstream_->bound || http::binds_connection(response_.head().fields);
    const int status = response_.head().status;
    if (status >= 200 || status == 101) co_return Reply::head_read;
    if (http::announces_forbidden_body(response_.head())) {
      fail(ProxyErrorKind::response_malformed,
           fmt::format("{} sent an interim response with a body", whom()));
      co_return Reply::over;
    }
    const bool passed = co_await pass_interim();
    if (!passed) co_return Reply::over;
    // The upload may have failed meanwhile, when there was nobody to wake.
    if (has_client_failed()) co_return explain_silence({});
  }
  fail(ProxyErrorKind::response_malformed, fmt::format("{} sent interim responses without end", whom()));
  co_return Reply::over;
}

loop::Task<bool> Exchange::pass_interim() {
  if (client_minor_ > 0) {
    std::string head;
    http::append_response_head(head, response_.head(), {client_minor_, false, false});
    const std::error_code gone = co_await net::write_all(client_, head);
    if (gone) co_return false;
    repeatable_ = false;  // it would be answered twice
    if (response_.head().status == 100) may_withhold_body_ = false;
  }
  received_.erase(0, response_size_);
  response_.reset();
  co_return true;
}

loop::Task<Exchange::End> Exchange::pass_response() {
  const http::ResponseHead& head = response_.head();
  if (decision_.route == rules::Route::gateway && head.status == 407) {
    co_return fail_refused();
  }
  if (head.status == 101) co_return co_await become_tunnel();
  const auto framing = http::response_framing(head, method_);
  if (!framing) co_return fail_malformed(framing.error());
  prepare_response(*framing);
  const bool sent = co_await send_response_head();
  if (!sent) co_return failure_ ? End::failed : End::broken;
  const bool whole = co_await pump_response_body();
  if (!whole) co_return End::broken;
  co_await finish_upload();
  co_return settle();
}

void Exchange::prepare_response(http::Framing framing) {
  upload_.forget_copy();
  const bool strips = client_minor_ == 0 && framing.kind == http::BodyKind::chunked;
  response_body_.emplace(framing, strips ? BodyFilter::Form::without_chunks : BodyFilter::Form::response);
  upstream_keeps_ = !asks_origin_to_close_ && framing.kind != http::BodyKind::until_close &&
                    !http::announces_forbidden_body(response_.head()) &&
                    http::wants_keep_alive(response_.head().minor, response_.head().fields);
  ends_by_close_ = strips || framing.kind == http::BodyKind::until_close;
  // Another request can follow a body that is still on its way, but not one that may never come, or that the
  // upstream takes no more of.
  may_withhold_body_ = may_withhold_body_ && !upload_.has_body_begun();
  client_keeps_ = client_keeps_ && !services_.stopping && !ends_by_close_ && !may_withhold_body_ &&
                  (upload_.is_sent() || is_upload_under_way());
  wipe(outgoing_);  // it may have to grow, which would leave the credential in freed memory
  http::append_response_head(outgoing_, response_.head(), {client_minor_, !client_keeps_, strips});
}

// Sends the head together with the body bytes that came with it.
loop::Task<bool> Exchange::send_response_head() {
  received_.erase(0, response_size_);
  std::size_t body_bytes = 0;
  std::size_t consumed = 0;
  if (!response_body_->is_complete() && !received_.empty()) {
    const net::PumpFilter::Verdict verdict = response_body_->inspect(received_);
    if (verdict.kind == net::PumpFilter::Verdict::Kind::wrong) {
      fail_malformed(response_body_->error());
      co_return false;
    }
    body_bytes = verdict.forward;
    consumed = verdict.consumed;
  }
  // Bytes behind a complete response belong to nothing: that connection carries no further request.
  if (consumed < received_.size()) upstream_keeps_ = false;
  watch();
  answering_ = true;
  const std::string_view body = std::string_view(received_).substr(0, body_bytes);
  const std::size_t size = outgoing_.size() + body_bytes;
  const bool together = body_bytes <= worth_gathering;
  if (together) outgoing_.append(body);
  const std::error_code error =
      co_await net::write_all(client_, outgoing_, together ? std::string_view{} : body);
  if (!error) services_.counters.of(decision_.route).bytes_down += size;
  received_ = {};
  co_return !error;
}

loop::Task<bool> Exchange::pump_response_body() {
  if (response_body_->is_complete()) co_return true;
  if (has_client_failed()) co_return false;  // while the head was sent
  loop::Event over(client_.executor());
  net::Pump::End end = net::Pump::End::source_failed;
  download_.emplace(upstream_->stream, client_, services_.loop_buffer, &*response_body_, &services_.pipes);
  download_->start({}, [&over, &end](net::Pump::Outcome outcome) {
    end = outcome.end;
    over.set();
  });
  watch();
  co_await over.wait();
  if (!download_->take_leftover().empty()) upstream_keeps_ = false;
  co_return end == net::Pump::End::complete || end == net::Pump::End::source_ended;
}

bool Exchange::is_upload_under_way() noexcept {
  return upload_.state() == Upload::State::running && upstream_->stream.peer_state() != net::PeerState::gone;
}

// The response is whole, the request may not be.
loop::Task<void> Exchange::finish_upload() {
  answering_ = false;
  answered_ = true;
  tell(response_.head().status);
  count_download();
  download_.reset();
  if (upload_.state() != Upload::State::running) co_return;
  if (ends_by_close_) client_.shutdown_send();
  watch();
  co_await upload_.wait_for_end();
}

Exchange::End Exchange::settle() {
  deadline_.clear();
  if (!upload_.is_sent()) return End::close;  // none of the rest may be taken for a request
  buffer_.append(upload_.take_leftover());
  if (upstream_keeps_) {
    upload_.stop();
    keep_upstream();
  }
  return client_keeps_ && !services_.stopping ? End::keep : End::close;
}

void Exchange::keep_upstream() {
  // A configuration that came meanwhile may send the next request another way: nothing would use this one.
  if (!services_.router.is_current(decision_) &&
      !leads_the_same_way(decision_, services_.router.decide(authority_))) {
    return;
  }
  if (!upstream_->bound) return services_.pool.put(decision_, authority_, std::move(upstream_->stream));
  const bool client_stays = client_keeps_ && !services_.stopping;
  if (client_stays) bound_.put(decision_, authority_, std::move(upstream_->stream));
}

void Exchange::count_download() noexcept {
  if (download_) services_.counters.of(decision_.route).bytes_down += download_->bytes();
}

loop::Task<Exchange::End> Exchange::become_tunnel() {
  if (offered_protocols_.empty() || !upload_.is_sent()) {
    co_return fail(ProxyErrorKind::response_malformed,
                   fmt::format("{} switched protocols without being asked", whom()));
  }
  if (!http::switches_as_offered(response_.head(), offered_protocols_)) {
    co_return fail(ProxyErrorKind::response_malformed,
                   fmt::format("{} switched to a protocol that the client did not offer", whom()));
  }
  std::string head;
  http::append_response_head(head, response_.head(), {client_minor_, false, false});
  received_.erase(0, response_size_);
  watch();
  const std::error_code gone = co_await net::write_all(client_, head);
  if (gone) co_return End::broken;
  deadline_.clear();
  tell(101);
  buffer_.append(upload_.take_leftover());
  upload_.stop();
  TunnelTable::Ends ends{std::move(client_), std::move(upstream_->stream), std::move(buffer_),
                         std::move(received_)};
  services_.tunnels.open(std::move(ends), authority_, decision_);
  co_return End::handed_over;
}

void Exchange::tell(int status) const {
  ++services_.counters.of(decision_.route).requests;
  if (!services_.logger.enabled(LogLevel::debug)) return;  // the text of the authority is made for it alone
  services_.logger.debug("{} {} {}: {} ({})", method_, authority_.text(), status,
                         rules::name(decision_.route), decision_.why);
}

}  // namespace aluvia::proxy
