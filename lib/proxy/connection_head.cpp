// Reads the request heads of a connection within the memory that all unfinished heads share, and keeps
// little of one that has not shown the credentials that are asked for.
//
// Such a head may keep Limits::unproven_head. Credentials may stand behind more than that, so it may go on,
// but in a small part of the memory (Limits::unproven_share) that all such heads share. The one that entered
// it first is discarded when it is full: from then on the head is only searched for credentials (FieldScan),
// so that it gets the answer that it deserves, but cannot be served.
#include "base/secret.hpp"
#include "loop/coarse_clock.hpp"
#include "proxy/connection.hpp"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

namespace aluvia::proxy {
namespace {

ProxyError failure_of(HeadRejection why) {
  if (why == HeadRejection::address_memory) {
    return {ProxyErrorKind::head_memory,
            "the unfinished request heads of this address take more memory than one address may use"};
  }
  return {ProxyErrorKind::head_memory, "the memory for unfinished request heads is used up"};
}

}  // namespace

// Waits without a buffer until something comes; the head has its time from then on.
HeadOutcome Connection::begin_request() {
  if (is_closing_) return HeadOutcome::ended();  // before it began
  if (services_.stopping && loop::coarse_now() >= first_request_due_) return HeadOutcome::ended();
  if (!buffer_.empty()) return begin_head();
  buffer_.shrink_to_fit();
  deadline_.set_after(services_.limits.keep_alive);
  if (services_.stopping) deadline_.set_at(first_request_due_);
  is_idle_ = true;
  slot_.wait();
  return HeadOutcome::blocked(loop::Want::read);
}

HeadOutcome Connection::go_on_reading(std::error_code error) {
  const bool is_first = std::exchange(is_idle_, false);
  if (error) return HeadOutcome::failed(error);
  return is_first ? begin_head() : read_head(http::Progress::need_more());
}

// A head that comes at once needs no deadline.
HeadOutcome Connection::begin_head() {
  first_request_due_ = {};
  is_reading_head_ = true;
  const http::Progress progress = buffer_.empty() ? http::Progress::need_more() : reader_.read(buffer_);
  if (!buffer_.empty() && progress.needs_more()) {
    buffer_.shrink_to_fit();  // it was part of a larger read
    keep_unfinished_head();
  }
  const HeadOutcome outcome = read_head(progress);
  if (outcome.kind == HeadOutcome::Kind::blocked) deadline_.set_after(services_.limits.head_time);
  return outcome;
}

HeadOutcome Connection::read_head(http::Progress progress) {
  using Status = net::IoResult::Status;
  while (progress.needs_more() && !rejection_) {
    const net::IoResult got = client_.try_read(services_.loop_buffer.first(head_window()));
    if (got.status == Status::blocked) return HeadOutcome::blocked(got.want);
    if (got.status == Status::ended) return HeadOutcome::ended();
    if (got.status == Status::failed) return HeadOutcome::failed(got.error);
    const std::string_view bytes(services_.loop_buffer.data(), got.bytes);
    if (protocol_ == Protocol::unknown && is_socks(bytes)) return HeadOutcome::socks();
    progress = take_head_bytes(bytes);
  }
  if (rejection_) return HeadOutcome::failed({});
  if (progress.is_wrong()) return HeadOutcome::malformed(progress.error());
  return HeadOutcome::complete(progress.consumed());
}

// Looks at the first byte of a connection only: later ones are a request's, or wrong.
bool Connection::is_socks(std::string_view first_bytes) {
  protocol_ = socks::is_version(first_bytes.front()) ? Protocol::socks : Protocol::http;
  if (protocol_ == Protocol::socks) buffer_ = first_bytes;
  return protocol_ == Protocol::socks;
}

// Bytes to read at most: an unproven head stops at what it may keep, to be looked at there.
std::size_t Connection::head_window() const noexcept {
  const std::size_t most = services_.loop_buffer.size();
  const std::size_t allowed = services_.limits.unproven_head;
  if (is_discarding_ || !is_unproven()) return most;
  return std::min(most, buffer_.size() < allowed ? allowed - buffer_.size() : allowed);
}

http::Progress Connection::take_head_bytes(std::string_view bytes) {
  if (scan_) look_for_credentials(bytes);
  if (is_discarding_) return scan_progress();
  grow_buffer(bytes.size());
  buffer_.append(bytes);
  const http::Progress progress = reader_.read(buffer_);
  if (progress.needs_more()) keep_unfinished_head();
  return progress;
}

// Powers of two, and none where one read brings the whole head.
void Connection::grow_buffer(std::size_t more) {
  const std::size_t needed = buffer_.size() + more;
  if (buffer_.empty() || needed <= buffer_.capacity()) return;
  std::string larger;
  larger.reserve(std::bit_ceil(needed));
  larger.append(buffer_);
  wipe(buffer_);
  buffer_.swap(larger);
}

bool Connection::is_unproven() const noexcept {
  return services_.clients.access.wants_credentials() && !is_proven_;
}

void Connection::keep_unfinished_head() {
  const std::size_t kept = buffer_.capacity();
  const std::size_t allowed = services_.limits.unproven_head;
  if (is_unproven() && kept >= allowed && !scan_) {
    scan_ = std::make_unique<http::FieldScan>("Proxy-Authorization");
    look_for_credentials(buffer_);
  }
  slot_.keep_head(kept, is_unproven() && kept > allowed ? kept - allowed : 0);
}

void Connection::look_for_credentials(std::string_view bytes) {
  if (!scan_->read(bytes)) return;
  is_proven_ = scan_->count() == 1 && services_.clients.access.accepts(scan_->value());
  if (is_proven_ && !is_discarding_) scan_.reset();
}

http::Progress Connection::scan_progress() const noexcept {
  const http::HeadLimits& limits = services_.limits.head;
  if (scan_->bytes() > limits.bytes || scan_->fields() > limits.fields) {
    return http::Progress::wrong(431, "the head is too large");
  }
  return scan_->is_complete() ? http::Progress::done(0) : http::Progress::need_more();
}

loop::Task<Connection::Next> Connection::answer_discarded_head() {
  if (!is_proven_) {
    ++services_.counters.unauthorized;
    return reject(credentials_required());
  }
  return reject({ProxyErrorKind::head_memory,
                 "the credentials stand behind a large part of the request head, and the memory "
                 "for heads without credentials is used up"});
}

loop::Task<Connection::Next> Connection::answer_rejected_head() {
  return reject(failure_of(*rejection_));
}

void Connection::free_buffer() noexcept {
  wipe(buffer_);
  std::string().swap(buffer_);
}

void Connection::forget_head() noexcept {
  reader_.reset();
  scan_.reset();
  is_proven_ = false;
}

// The task sees its wait cancelled and ends. A client that has not been answered yet gets the reason. One
// that is kept alive hears nothing: it could take what it hears for the answer to its next request.
bool Connection::make_way(ProxyErrorKind why) noexcept {
  if (is_idle_ && !client_.is_quiet()) return false;
  const bool is_first = first_request_due_ != loop::TimePoint{};
  if (is_reading_head_ || (is_idle_ && is_first)) {
    const ProxyError failure(why, "too many connections are open, and this one has not sent a request");
    ++services_.counters.refused;
    services_.reporter.reject_in_passing(client_, failure, services_.loop_buffer);
  }
  is_closing_ = true;
  client_.cancel();
  return true;
}

void Connection::reject_head(HeadRejection why) noexcept {
  rejection_ = why;
  free_buffer();
  client_.cancel();
}

void Connection::discard_head() noexcept {
  is_discarding_ = true;
  free_buffer();
}

}  // namespace aluvia::proxy
