#include "proxy/upload.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::proxy {
namespace {

// The pump keeps the part of one read that the upstream does not take. Together with the part of a response
// that the client does not read, it stays below 256 KiB.
constexpr std::uint64_t longest_read = 64 * 1024;

}  // namespace

Upload::Upload(Services& services, net::Stream& client, http::Framing framing, Copy copy,
               std::function<void()> on_end)
    : services_(services),
      client_(client),
      on_end_(std::move(on_end)),
      body_(framing),
      keeps_copy_(copy == Copy::until_answered) {}

bool Upload::take_first(std::string& buffer) {
  if (body_.is_complete() || buffer.empty()) return true;
  const Verdict verdict = body_.inspect(buffer);
  if (verdict.kind == Verdict::Kind::wrong) return false;
  // Moved, not copied: a stalled upload would keep both.
  held_ = std::exchange(buffer, {});
  buffer = held_.substr(verdict.consumed);
  held_.resize(verdict.forward);
  has_body_begun_ = true;
  return true;
}

void Upload::begin(net::Stream& upstream, std::string_view head) {
  const net::IoResult put = upstream.try_write(head, held_);
  const std::size_t sent = put.status == net::IoResult::Status::moved ? put.bytes : 0;
  const bool is_all_sent = sent == head.size() + held_.size();
  if (is_all_sent && body_.is_complete()) {
    if (!keeps_copy_ || held_.size() > longest_copy) forget_copy();
    state_ = State::sent;
    return;
  }
  // In one allocation, which the pump overwrites.
  std::string rest;
  rest.reserve(head.size() + held_.size() - sent);
  const std::size_t of_head = std::min(sent, head.size());
  rest.append(head, of_head).append(held_, sent - of_head);
  if (!keeps_copy_ || held_.size() > longest_copy) forget_copy();
  state_ = State::running;
  net::PumpFilter* const filter = this;  // which is a private base
  pump_.emplace(client_, upstream, services_.loop_buffer, filter, &services_.pipes);
  pump_->start(std::move(rest), [this](net::Pump::Outcome outcome) { on_pump_end(outcome.end); });
}

void Upload::stop() {
  if (pump_) leftover_.append(pump_->take_leftover());
  pump_.reset();
  state_ = State::idle;
}

void Upload::forget_copy() noexcept {
  keeps_copy_ = false;
  std::string().swap(held_);  // an assignment would keep the memory
}

loop::Task<void> Upload::wait_for_end() {
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
      forget_copy();
      break;
    case net::Pump::End::source_failed:
      state_ = State::client_failed;
      forget_copy();
      break;
  }
  if (over_) over_->set();
  on_end_();
}

net::PumpFilter::Verdict Upload::inspect(std::span<char> bytes) {
  has_body_begun_ = true;
  Verdict verdict = body_.inspect(bytes);
  if (verdict.kind == Verdict::Kind::wrong) return verdict;
  if (keeps_copy_) hold(verdict.held);
  if (keeps_copy_) hold(bytes.first(verdict.forward));
  return verdict;
}

void Upload::hold(std::span<const char> bytes) {
  const std::size_t size = held_.size() + bytes.size();
  if (size > longest_copy) return forget_copy();
  if (size > held_.capacity()) held_.reserve(std::min(longest_copy, std::max(size, 2 * held_.capacity())));
  held_.append(bytes.data(), bytes.size());
}

std::uint64_t Upload::read_limit() const {
  return std::min(body_.read_limit(), longest_read);
}

// Bytes that pass inside the kernel cannot be copied.
std::uint64_t Upload::opaque() const {
  return keeps_copy_ ? 0 : body_.opaque();
}

void Upload::pass(std::uint64_t count) {
  has_body_begun_ = true;
  body_.pass(count);
}

loop::TimePoint Upload::last_progress() const noexcept {
  return pump_ ? pump_->last_progress() : loop::TimePoint::min();
}

std::string Upload::take_leftover() noexcept {
  std::string leftover = std::exchange(leftover_, {});
  return pump_ ? std::move(leftover) + pump_->take_leftover() : leftover;
}

}  // namespace aluvia::proxy
