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

std::string_view text_of(std::span<const char> bytes) noexcept {
  return {bytes.data(), bytes.size()};
}

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
  if (!upload_.take_first(buffer_)) failure_ = error_from(upload_.error());
}

Exchange::~Exchange() {
  // A cut response must not look whole: a plain close would be the proper end of a body without a length.
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
    if (!may_reuse || !take_kept_upstream()) {
      const bool dialed = co_await dial(may_reuse && repeatable_);
      if (!dialed) co_return End::failed;
    }
    watch();
    upload_.begin(upstream_->stream, outgoing_);
    HeadOutcome outcome = begin_response();
    Reply reply = Reply::interim;
    while (reply == Reply::interim) {
      while (outcome.kind == HeadOutcome::Kind::blocked) {
        const std::error_code error = co_await upstream_->stream.ready(outcome.want);
        outcome = error ? HeadOutcome::failed(error) : try_response_head();
      }
      reply = judge(outcome);
      if (reply != Reply::interim) break;
      reply = co_await pass_interim();
      outcome = HeadOutcome::blocked(loop::Want::read);
      if (reply == Reply::interim) outcome = try_response_head();
    }
    if (reply == Reply::over) co_return failure_ ? End::failed : End::broken;
    if (reply == Reply::head_read) {
      const bool again = co_await is_to_be_sent_again();
      if (!again) break;
    }
    begin_again();  // a kept connection had died, or the gateway had a fault: once more, on a new one
  }
  const End end = co_await pass_response();
  co_return end;
}

loop::MaybeTask<bool> Exchange::is_to_be_sent_again() {
  if (!may_ask_gateway_again()) return false;
  keep_arrived();
  static_cast<void>(response_.read(received_));  // its views follow the bytes
  deadline_.clear();
  if (response_.head().status == 407) stop_sending();
  return retry_.is_to_be_sent_again(response_.head(), {authority_, decision_, outgoing_, upload_.is_whole()});
}

void Exchange::begin_again() {
  deadline_.clear();
  stop_sending();
  received_.clear();
  arrived_ = {};
  interims_ = 0;
  response_.reset();
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

bool Exchange::take_kept_upstream() {
  if (auto own = bound_.take(decision_, authority_)) {
    upstream_.emplace(Upstream{std::move(*own), true, true});
    return true;
  }
  auto kept = services_.pool.take(decision_, authority_, repeatable_);
  if (kept) upstream_.emplace(Upstream{std::move(*kept), true, binds_});
  return kept.has_value();
}

loop::Task<bool> Exchange::dial(bool may_be_warm) {
  auto opened = co_await services_.dialer.open_upstream(decision_, authority_, may_be_warm, caller_);
  if (!opened) {
    failure_ = std::move(opened.error());
    co_return false;
  }
  upstream_.emplace(Upstream{std::move(opened->stream), opened->was_warm, binds_});
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

// Nothing can have come yet, so that a try would be a system call for nothing; TLS may hold bytes that no
// wait ends for.
HeadOutcome Exchange::begin_response() {
  return upstream_->stream.is_tls() ? try_response_head() : HeadOutcome::blocked(loop::Want::read);
}

// Reads what is there. A head that comes at once is looked at where it lies.
HeadOutcome Exchange::try_response_head() {
  using Status = net::IoResult::Status;
  arrived_ = received_;
  http::Progress progress = received_.empty() ? http::Progress::need_more() : response_.read(received_);
  while (progress.needs_more()) {
    const net::IoResult got = upstream_->stream.try_read(services_.loop_buffer);
    if (got.status == Status::blocked) return HeadOutcome::blocked(got.want);
    if (got.status == Status::ended) return HeadOutcome::ended();
    if (got.status == Status::failed) return HeadOutcome::failed(got.error);
    arrived_ = services_.loop_buffer.first(got.bytes);
    if (!received_.empty()) arrived_ = received_.append(text_of(arrived_));
    progress = response_.read(text_of(arrived_));
    if (progress.needs_more()) keep_arrived();
  }
  if (progress.is_wrong()) return HeadOutcome::malformed(progress.error());
  return HeadOutcome::complete(progress.consumed());
}

// Before a wait, in which others use the loop's buffer.
void Exchange::keep_arrived() {
  if (arrived_.data() != received_.data()) received_ = text_of(arrived_);
  arrived_ = received_;
}

// Keeps the bytes behind the head.
void Exchange::drop_response_head() {
  arrived_ = arrived_.subspan(response_size_);
  received_ = std::string(text_of(arrived_));
  arrived_ = received_;
}

Exchange::Reply Exchange::judge(const HeadOutcome& outcome) {
  if (outcome.kind != HeadOutcome::Kind::complete) return explain_silence(outcome);
  const http::ResponseHead& head = response_.head();
  response_size_ = outcome.size;
  upstream_->bound = upstream_->bound || http::binds_connection(head.fields);
  if (head.status >= 200 || head.status == 101) return Reply::head_read;
  if (!http::announces_forbidden_body(head)) return Reply::interim;
  fail(ProxyErrorKind::response_malformed, fmt::format("{} sent an interim response with a body", whom()));
  return Reply::over;
}

// Reply::interim where another head is to be read.
loop::Task<Exchange::Reply> Exchange::pass_interim() {
  std::string head;
  if (client_minor_ > 0) {
    http::append_response_head(head, response_.head(), {client_minor_, false, false});
    repeatable_ = false;  // it would be answered twice
    if (response_.head().status == 100) may_withhold_body_ = false;
  }
  drop_response_head();
  response_.reset();
  const std::error_code gone = co_await net::write_all(client_, head);
  if (gone) co_return Reply::over;
  // The upload may have failed meanwhile, when no task was waiting.
  if (has_client_failed()) co_return explain_silence({});
  if (++interims_ < interim_limit) co_return Reply::interim;
  fail(ProxyErrorKind::response_malformed, fmt::format("{} sent interim responses without end", whom()));
  co_return Reply::over;
}

loop::MaybeTask<Exchange::End> Exchange::pass_response() {
  const http::ResponseHead& head = response_.head();
  if (decision_.route == rules::Route::gateway && head.status == 407) return fail_refused();
  if (head.status == 101) return become_tunnel();
  const auto framing = http::response_framing(head, method_);
  if (!framing) return fail_malformed(framing.error());
  prepare_response(*framing);
  if (!take_first_body_bytes()) return End::failed;
  return relay_response();
}

// The head goes out with the body bytes that came with it, then the rest of the body, and at last the rest of
// the request.
loop::Task<Exchange::End> Exchange::relay_response() {
  const std::error_code error = co_await net::write_all(client_, outgoing_, text_of(arrived_));
  if (error) co_return End::broken;
  services_.counters.of(decision_.route).bytes_down += outgoing_.size() + arrived_.size();
  arrived_ = {};
  received_ = {};
  if (!response_body_->is_complete()) {
    const bool whole = co_await pump_response_body();
    if (!whole) co_return End::broken;
  }
  note_answered();
  if (upload_.state() == Upload::State::running) {
    if (ends_by_close_) client_.shutdown_send();
    watch();
    co_await upload_.wait_for_end();
  }
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

// Leaves in arrived_ the bytes of the body that go out behind the head. They stay until they are written: few
// of them join the head, many are kept. False where they are no body.
bool Exchange::take_first_body_bytes() {
  arrived_ = arrived_.subspan(response_size_);
  std::size_t body_bytes = 0;
  std::size_t consumed = 0;
  if (!response_body_->is_complete() && !arrived_.empty()) {
    const net::PumpFilter::Verdict verdict = response_body_->inspect(arrived_);
    if (verdict.kind == net::PumpFilter::Verdict::Kind::wrong) {
      fail_malformed(response_body_->error());
      return false;
    }
    body_bytes = verdict.forward;
    consumed = verdict.consumed;
  }
  // Bytes behind a complete response belong to nothing: that connection carries no further request.
  if (consumed < arrived_.size()) upstream_keeps_ = false;
  watch();
  answering_ = true;
  arrived_ = arrived_.first(body_bytes);
  if (body_bytes > worth_gathering) {
    received_ = std::string(text_of(arrived_));
    arrived_ = received_;
  } else {
    outgoing_.append(text_of(arrived_));
    arrived_ = {};
  }
  return true;
}

loop::Task<bool> Exchange::pump_response_body() {
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
void Exchange::note_answered() {
  answering_ = false;
  answered_ = true;
  tell(response_.head().status);
  count_download();
  download_.reset();
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
      !is_same_route(decision_, services_.router.decide(authority_))) {
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
  drop_response_head();
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
