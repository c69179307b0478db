#include "proxy/upload.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::proxy {
namespace {

// What the upstream does not take of one read is kept: together with what a client does not read of a
// response, it must stay below 256 KiB.
constexpr std::uint64_t longest_read = 64 * 1024;

}  // namespace

Upload::Upload(Services& services, net::Stream& client, http::Framing framing, std::function<void()> on_end)
    : services_(services), client_(client), on_end_(std::move(on_end)), body_(framing) {}

bool Upload::take_first(std::string& buffer) {
  if (body_.is_complete() || buffer.empty()) return true;
  const Verdict verdict = inspect(buffer);
  if (verdict.kind == Verdict::Kind::wrong) return false;
  // Moved, not copied: a stalled upload would keep both.
  first_ = std::exchange(buffer, {});
  buffer = first_.substr(verdict.consumed);
  first_.resize(verdict.forward);
  return true;
}

void Upload::begin(net::Stream& upstream, std::string_view head) {
  const net::IoResult put = upstream.try_write(head, first_);
  const std::size_t sent = put.status == net::IoResult::Status::moved ? put.bytes : 0;
  bytes_ += sent;
  if (sent == head.size() + first_.size() && body_.is_complete()) {
    state_ = State::sent;
    return;
  }
  // In one allocation, which the pump overwrites.
  std::string rest;
  rest.reserve(head.size() + first_.size() - sent);
  const std::size_t of_head = std::min(sent, head.size());
  rest.append(head, of_head).append(first_, sent - of_head);
  std::string().swap(first_);  // a request with a body is never sent twice
  state_ = State::running;
  net::PumpFilter* const filter = this;  // which is a private base
  pump_.emplace(client_, upstream, services_.loop_buffer, filter, &services_.pipes);
  pump_->start(std::move(rest), [this](net::Pump::Outcome outcome) { on_pump_end(outcome.end); });
}

void Upload::stop() {
  bytes_ = bytes();
  pump_.reset();
  state_ = State::idle;
}

net::Task<void> Upload::wait_for_end() {
  if (state_ != State::running) co_return;
  over_.emplace(client_.executor());
  co_await over_->wait();
  over_.reset();
}

void Upload::give_up() {
  if (state_ == State::running) pump_->cancel();
}

void Upload::on_pump_end(net::Pump::End end) {
  switch (end) {
    case net::Pump::End::complete:
    case net::Pump::End::source_ended:
      state_ = State::sent;
      break;
    case net::Pump::End::sink_failed:
      state_ = State::upstream_failed;
      break;
    case net::Pump::End::malformed:
      state_ = State::malformed;
      break;
    case net::Pump::End::source_failed:
      state_ = State::client_failed;
      break;
  }
  if (over_) over_->set();
  on_end_();
}

net::PumpFilter::Verdict Upload::inspect(std::span<char> bytes) {
  has_body_begun_ = true;
  return body_.inspect(bytes);
}

std::uint64_t Upload::read_limit() const {
  return std::min(body_.read_limit(), longest_read);
}

void Upload::pass(std::uint64_t count) {
  has_body_begun_ = true;
  body_.pass(count);
}

net::TimePoint Upload::last_progress() const noexcept {
  return pump_ ? pump_->last_progress() : net::TimePoint::min();
}

std::string Upload::take_leftover() noexcept {
  return pump_ ? pump_->take_leftover() : std::string();
}

std::uint64_t Upload::bytes() const noexcept {
  return bytes_ + (pump_ ? pump_->bytes() : 0);
}

}  // namespace aluvia::proxy
