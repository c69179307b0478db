#include "net/pump.hpp"

#include "base/secret.hpp"
#include "loop/coarse_clock.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::net {
namespace {

// Bytes that one pump moves before the loop's other work has its turn: an eighth of a millisecond of copying.
// Less made bulk slower and other work no faster.
constexpr std::size_t copy_budget = 128 * 1024;
// Splicing costs a quarter of that per byte.
constexpr std::size_t splice_budget = 512 * 1024;
// A pipe holds no more at a time: when the sink stalls, that much moves to our memory, for each direction.
constexpr std::size_t splice_piece = 96 * 1024;
// Below this, two system calls through a pipe cost more than the copy that they save.
constexpr std::size_t worth_splicing = 32 * 1024;

// The kernel cannot splice, or a sandbox does not allow it (seccomp, SystemCallFilter).
bool forbids_splicing(std::error_code error) noexcept {
  return error == std::errc::invalid_argument || error == std::errc::function_not_supported ||
         error == std::errc::operation_not_permitted;
}

}  // namespace

void Pump::State::wait(Stream& stream, loop::Want want) {
  stream.wait(want, *this);
}

void Pump::State::yield() {
  source.reactor().yield(*this);
}

void Pump::State::on_event(std::error_code error) {
  // Cancelling a stream's operations stops its pumps: reported as the source's failure.
  if (error) return end({End::source_failed, error});
  turn = 0;
  resume();
}

void Pump::State::end(Outcome outcome) {
  drop_pending();
  splicer.reset();
  const OnEnd tell = std::exchange(on_end, nullptr);
  tell(outcome);  // may destroy us
}

void Pump::State::resume() {
  for (;;) {
    if (!flush() || !drain()) return;
    if (is_complete) return end({End::complete, {}});
    if (filter && filter->read_limit() == 0) return end({End::complete, {}});
    if (turn >= (splicer ? splice_budget : copy_budget)) return yield();
    if (!(is_bulk() ? splice_once() : read_once())) return;
  }
}

bool Pump::State::flush() {
  while (sent < pending.size()) {
    const IoResult put = sink.try_write(std::span(pending).subspan(sent));
    if (put.status == IoResult::Status::failed) return end({End::sink_failed, put.error}), false;
    if (put.status == IoResult::Status::blocked) return wait(sink, put.want), false;
    sent += put.bytes;
    bytes += put.bytes;
    last_progress = loop::coarse_now();
  }
  drop_pending();
  return true;
}

void Pump::State::drop_pending() noexcept {
  if (std::exchange(is_first, false)) wipe(pending);
  std::string().swap(pending);  // an assignment would keep the memory
  sent = 0;
}

bool Pump::State::drain() {
  while (splicer && splicer->held() > 0) {
    const IoResult put = splicer->drain(sink);
    if (put.status == IoResult::Status::blocked) return wait(sink, put.want), false;
    if (put.status != IoResult::Status::moved) return end({End::sink_failed, put.error}), false;
    bytes += put.bytes;
    last_progress = loop::coarse_now();
  }
  return true;
}

// The sink has stalled: its bytes wait in memory, and the pipe serves another pump.
void Pump::State::give_back_pipe() {
  if (!splicer || splicer->held() == 0) return;
  pending.resize(splicer->held());
  sent = 0;
  pending.resize(splicer->unload(pending));
}

bool Pump::State::is_bulk() const {
  if (!pipes || !last_was_large || source.is_tls() || sink.is_tls()) return false;
  return !filter || filter->opaque() >= worth_splicing;
}

// Precondition: nothing is pending or held.
bool Pump::State::splice_once() {
  if (!splicer) {
    splicer = std::make_unique<Splicer>(*pipes, source.executor(), [this] { give_back_pipe(); });
  }
  if (!splicer->engage()) {
    last_was_large = false;  // copies once; the next large read asks again
    return true;
  }
  const std::uint64_t allowed = filter ? filter->opaque() : splice_piece;
  const IoResult got =
      splicer->fill(source, static_cast<std::size_t>(std::min<std::uint64_t>(allowed, splice_piece)));
  if (got.status == IoResult::Status::moved) {
    if (filter) filter->pass(got.bytes);
    turn += got.bytes;
    last_progress = loop::coarse_now();
    last_was_large = got.bytes >= worth_splicing;
    return true;
  }
  splicer.reset();  // an idle pump holds no pipe
  if (got.status == IoResult::Status::failed && forbids_splicing(got.error)) {
    pipes = nullptr;
    return true;
  }
  return stop_reading(got);
}

// The source gave nothing: waits for more, or ends.
bool Pump::State::stop_reading(const IoResult& got) {
  if (got.status == IoResult::Status::blocked) {
    wait(source, got.want);
  } else if (got.status == IoResult::Status::failed) {
    end({End::source_failed, got.error});
  } else {
    const bool proper = !filter || filter->may_end();
    const std::error_code early = std::make_error_code(std::errc::connection_aborted);
    end(proper ? Outcome{End::source_ended, {}} : Outcome{End::source_failed, early});
  }
  return false;
}

bool Pump::State::read_once() {
  splicer.reset();
  std::span<char> into = buffer;
  if (filter && filter->read_limit() == 0) return end({End::complete, {}}), false;
  if (filter)
    into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), filter->read_limit())));
  const IoResult got = source.try_read(into);
  if (got.status != IoResult::Status::moved) return stop_reading(got);
  last_was_large = got.bytes >= worth_splicing;
  turn += got.bytes;
  last_progress = loop::coarse_now();
  const bool was_full = got.bytes == into.size();
  if (!take(got.bytes)) return false;
  // A plain stream that gave less than the buffer holds is empty now: wait without another try. Not
  // if bulk has begun, because splicing may find the next bytes there already.
  if (pending.empty() && !is_complete && !was_full && !source.is_tls() && !is_bulk()) {
    wait(source, loop::Want::read);
    return false;
  }
  return true;
}

// Sends the first `count` bytes of the loop's buffer on. Bytes that the sink does not take become pending.
bool Pump::State::take(std::size_t count) {
  std::string held;
  if (filter && !inspect(count, held)) return false;
  std::string_view first = held;
  std::string_view second(buffer.data(), count);
  while (!first.empty() || !second.empty()) {
    const IoResult result = sink.try_write(first, second);
    if (result.status == IoResult::Status::failed) return end({End::sink_failed, result.error}), false;
    if (result.status == IoResult::Status::blocked) break;
    const std::size_t of_first = std::min(result.bytes, first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(result.bytes - of_first);
    bytes += result.bytes;
  }
  keep(first, second);
  return true;
}

// Sets `count` to how much of it goes on, and `held` to the bytes that go before it.
bool Pump::State::inspect(std::size_t& count, std::string& held) {
  PumpFilter::Verdict verdict = filter->inspect(buffer.first(count));
  if (verdict.kind == PumpFilter::Verdict::Kind::complete) {
    if (verdict.consumed < count) {
      leftover =
          std::make_unique<const std::string>(buffer.data() + verdict.consumed, count - verdict.consumed);
    }
    is_complete = true;
  }
  count = verdict.forward;
  held = std::move(verdict.held);
  if (verdict.kind == PumpFilter::Verdict::Kind::wrong) return end({End::malformed, {}}), false;
  return true;
}

void Pump::State::keep(std::string_view first, std::string_view second) {
  pending.reserve(first.size() + second.size());
  pending.assign(first).append(second);
  sent = 0;
}

Pump::Pump(Stream& source, Stream& sink, std::span<char> loop_buffer, PumpFilter* filter, PipePool* pipes)
    : state_(source, sink, loop_buffer, filter, pipes) {}

Pump::~Pump() = default;

void Pump::start(std::string first, OnEnd on_end) {
  state_.pending = std::move(first);
  wipe(first);  // a short one has left its bytes behind
  state_.is_first = true;
  state_.on_end = std::move(on_end);
  state_.last_progress = loop::coarse_now();
  // Usually there is nothing to do yet. Bytes in hand, also those inside TLS, wake no descriptor.
  if (state_.pending.empty() && !state_.filter && !state_.source.is_tls()) {
    state_.wait(state_.source, loop::Want::read);
  } else {
    state_.yield();
  }
}

void Pump::cancel() {
  state_.source.reactor().finish(state_, asio::error::operation_aborted);
}

std::uint64_t Pump::bytes() const noexcept {
  return state_.bytes;
}
loop::TimePoint Pump::last_progress() const noexcept {
  return state_.last_progress;
}
std::string Pump::take_leftover() noexcept {
  const auto leftover = std::move(state_.leftover);
  return leftover ? *leftover : std::string();
}

}  // namespace aluvia::net
