#include "proxy/response_relay.hpp"

#include "http/connection_auth.hpp"
#include "loop/event.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::proxy {
namespace {

// Copying less than this costs less than a gathered write.
constexpr std::size_t worth_gathering = 4096;

// More interim responses than this to one request are a peer's mistake or malice.
constexpr int interim_limit = 32;

std::string_view text_of(std::span<const char> bytes) noexcept {
  return {bytes.data(), bytes.size()};
}

// A 101 is final: the protocol changes behind it.
bool is_interim(const http::ResponseHead& head) noexcept {
  return head.status < 200 && head.status != 101;
}

}  // namespace

ResponseRelay::ResponseRelay(Services& services, net::Stream& client, int client_minor)
    : services_(services),
      client_(client),
      client_minor_(client_minor),
      reader_(services.limits.response_head) {}

ResponseRelay::~ResponseRelay() {
  if (state_ == State::started) client_.reset_on_close();
}

void ResponseRelay::begin(net::Stream& upstream) {
  upstream_ = &upstream;
  reader_.reset();
  received_.clear();
  arrived_ = {};
  interims_ = 0;
  binds_upstream_ = false;
  is_given_up_ = false;
}

loop::Task<HeadOutcome> ResponseRelay::read_head(net::Stream& upstream) {
  begin(upstream);
  HeadOutcome outcome = begin_reading();
  for (;;) {
    while (outcome.kind == HeadOutcome::Kind::blocked) {
      const std::error_code error = co_await upstream.ready(outcome.want);
      outcome = error ? HeadOutcome::failed(error) : try_head();
    }
    if (outcome.kind != HeadOutcome::Kind::complete || !is_interim(head())) co_return outcome;
    const std::error_code gone = co_await forward_interim();
    if (gone) co_return HeadOutcome::client_failed();
    // give_up() cancels a wait for the upstream, and there was none.
    outcome = is_given_up_ ? HeadOutcome::failed(asio::error::operation_aborted) : try_head();
  }
}

// Nothing can have come yet, so that a try would be a system call for nothing; TLS may hold bytes that no
// wait ends for.
HeadOutcome ResponseRelay::begin_reading() {
  return upstream_->is_tls() ? try_head() : HeadOutcome::blocked(loop::Want::read);
}

// Reads the bytes that are there. A head that comes at once is parsed in the loop's buffer.
HeadOutcome ResponseRelay::try_head() {
  using Status = net::IoResult::Status;
  arrived_ = received_;
  http::Progress progress = received_.empty() ? http::Progress::need_more() : reader_.read(received_);
  while (progress.needs_more()) {
    const net::IoResult got = upstream_->try_read(services_.loop_buffer);
    if (got.status == Status::blocked) return HeadOutcome::blocked(got.want);
    if (got.status == Status::ended) return HeadOutcome::ended();
    if (got.status == Status::failed) return HeadOutcome::failed(got.error);
    arrived_ = services_.loop_buffer.first(got.bytes);
    if (!received_.empty()) arrived_ = received_.append(text_of(arrived_));
    progress = reader_.read(text_of(arrived_));
    if (progress.needs_more()) keep_arrived();
  }
  if (progress.is_wrong()) return HeadOutcome::malformed(progress.error());
  return judge(progress.consumed());
}

HeadOutcome ResponseRelay::judge(std::size_t head_size) {
  head_size_ = head_size;
  binds_upstream_ = binds_upstream_ || http::binds_connection(head().fields);
  if (!is_interim(head())) return HeadOutcome::complete(head_size);
  if (http::announces_forbidden_body(head())) {
    return HeadOutcome::malformed({502, "an interim response has a body"});
  }
  if (++interims_ > interim_limit) {
    return HeadOutcome::malformed({502, "interim responses come without end"});
  }
  return HeadOutcome::complete(head_size);
}

// Other connections use the loop's buffer during a wait.
void ResponseRelay::keep_arrived() {
  if (arrived_.data() != received_.data()) received_ = text_of(arrived_);
  arrived_ = received_;
}

void ResponseRelay::hold() {
  keep_arrived();
  static_cast<void>(reader_.read(received_));  // its views follow the bytes
}

// Keeps the bytes behind the head.
void ResponseRelay::drop_head() {
  received_ = std::string(text_of(arrived_.subspan(head_size_)));
  arrived_ = received_;
}

loop::MaybeTask<std::error_code> ResponseRelay::forward_interim() {
  if (client_minor_ == 0) {  // which knows no interim responses
    drop_head();
    reader_.reset();
    return std::error_code{};
  }
  has_forwarded_interim_ = true;
  has_forwarded_continue_ = has_forwarded_continue_ || head().status == 100;
  return forward_head();
}

loop::Task<std::error_code> ResponseRelay::forward_head() {
  std::string text;
  http::append_response_head(text, head(), {client_minor_, false, false});
  drop_head();
  reader_.reset();
  const std::error_code gone = co_await net::write_all(client_, text);
  co_return gone;
}

Result<void, http::ParseError> ResponseRelay::start(http::Framing framing, bool keeps_client,
                                                    std::string storage) {
  const bool strips = client_minor_ == 0 && framing.kind == http::BodyKind::chunked;
  body_.emplace(framing, strips ? BodyFilter::Form::without_chunks : BodyFilter::Form::response);
  ends_by_close_ = strips || framing.kind == http::BodyKind::until_close;
  keeps_client_ = keeps_client && !ends_by_close_;
  keeps_upstream_ = framing.kind != http::BodyKind::until_close && !http::announces_forbidden_body(head()) &&
                    http::wants_keep_alive(head().minor, head().fields);
  outgoing_ = std::move(storage);
  http::append_response_head(outgoing_, head(), {client_minor_, !keeps_client_, strips});
  const auto body_bytes = take_first_body_bytes();
  if (!body_bytes) return Err{body_bytes.error()};
  state_ = State::started;
  gather(*body_bytes);
  return {};
}

// Returns the number of body bytes at the front of arrived_.
Result<std::size_t, http::ParseError> ResponseRelay::take_first_body_bytes() {
  arrived_ = arrived_.subspan(head_size_);
  net::PumpFilter::Verdict verdict;
  if (!body_->is_complete() && !arrived_.empty()) verdict = body_->inspect(arrived_);
  if (verdict.kind == net::PumpFilter::Verdict::Kind::wrong) return Err{body_->error()};
  // Bytes behind a complete response belong to nothing: that connection carries no further request.
  if (verdict.consumed < arrived_.size()) keeps_upstream_ = false;
  return verdict.forward;
}

// Few bytes of the body join the head, many are kept beside it. Both stay until they are written.
void ResponseRelay::gather(std::size_t body_bytes) {
  arrived_ = arrived_.first(body_bytes);
  if (body_bytes > worth_gathering) {
    received_ = std::string(text_of(arrived_));
    arrived_ = received_;
  } else {
    outgoing_.append(text_of(arrived_));
    arrived_ = {};
  }
}

// A response that the client takes at once needs no task.
loop::MaybeTask<bool> ResponseRelay::forward() {
  const net::IoResult put = client_.try_write(outgoing_, text_of(arrived_));
  const std::size_t sent = put.status == net::IoResult::Status::moved ? put.bytes : 0;
  if (sent < outgoing_.size() + arrived_.size() || !body_->is_complete()) return forward_rest(sent);
  forget_sent();
  state_ = State::complete;
  return true;
}

loop::Task<bool> ResponseRelay::forward_rest(std::size_t sent) {
  const std::size_t of_head = std::min(sent, outgoing_.size());
  const std::error_code gone = co_await net::write_all(client_, std::string_view(outgoing_).substr(of_head),
                                                       text_of(arrived_).substr(sent - of_head));
  if (gone) co_return false;
  forget_sent();
  if (!body_->is_complete()) {
    if (is_given_up_) co_return false;
    const bool whole = co_await pump_body();
    if (!whole) co_return false;
  }
  state_ = State::complete;
  co_return true;
}

void ResponseRelay::forget_sent() noexcept {
  arrived_ = {};
  received_ = {};
}

loop::Task<bool> ResponseRelay::pump_body() {
  loop::Event over(client_.executor());
  net::Pump::End end = net::Pump::End::source_failed;
  pump_.emplace(*upstream_, client_, services_.loop_buffer, &*body_, &services_.pipes);
  pump_->start({}, [&over, &end](net::Pump::Outcome outcome) {
    end = outcome.end;
    over.set();
  });
  co_await over.wait();
  if (!pump_->take_leftover().empty()) keeps_upstream_ = false;
  pump_.reset();
  is_cut_ = !is_given_up_ && (end == net::Pump::End::source_failed || end == net::Pump::End::malformed);
  co_return end == net::Pump::End::complete || end == net::Pump::End::source_ended;
}

void ResponseRelay::give_up() {
  is_given_up_ = true;
  upstream_->cancel();
  if (pump_) pump_->cancel();
}

loop::TimePoint ResponseRelay::last_progress() const noexcept {
  return pump_ ? pump_->last_progress() : loop::TimePoint::min();
}

}  // namespace aluvia::proxy
