#include "http/body_meter.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace aluvia::http {

BodyMeter::BodyMeter(Framing framing, ChunkReader::Sender sender)
    : framing_(framing),
      left_(framing.kind == BodyKind::length ? framing.length : 0),
      complete_(framing.kind == BodyKind::none || (framing.kind == BodyKind::length && framing.length == 0)),
      chunks_(sender) {}

Progress BodyMeter::measure(std::string_view bytes) {
  if (complete_) return Progress::done(0);
  if (framing_.kind == BodyKind::until_close) return Progress::need_more();
  if (framing_.kind == BodyKind::chunked) {
    const Progress progress = chunks_.read(bytes);
    complete_ = progress.is_done();
    return progress;
  }
  const std::uint64_t count = std::min<std::uint64_t>(left_, bytes.size());
  pass(count);
  return complete_ ? Progress::done(static_cast<std::size_t>(count)) : Progress::need_more();
}

bool BodyMeter::is_complete() const noexcept {
  return complete_;
}

Progress BodyMeter::at_end() const {
  if (complete_ || framing_.kind == BodyKind::until_close) return Progress::done(0);
  return Progress::wrong(400, "the body ended early");
}

std::uint64_t BodyMeter::opaque_bytes() const noexcept {
  switch (framing_.kind) {
    case BodyKind::none:
      return 0;
    case BodyKind::length:
      return left_;
    case BodyKind::chunked:
      return chunks_.data_left();
    case BodyKind::until_close:
      break;
  }
  return std::numeric_limits<std::uint64_t>::max();
}

void BodyMeter::pass(std::uint64_t count) noexcept {
  assert(count <= opaque_bytes());
  if (framing_.kind == BodyKind::chunked) chunks_.skip(count);
  if (framing_.kind != BodyKind::length) return;
  left_ -= count;
  complete_ = left_ == 0;
}

}  // namespace aluvia::http
