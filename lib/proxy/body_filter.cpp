#include "proxy/body_filter.hpp"

#include <limits>

namespace aluvia::proxy {

BodyFilter::BodyFilter(http::Framing framing, Form form)
    : meter_(framing), strips_(form == Form::without_chunks && framing.kind == http::BodyKind::chunked) {}

net::PumpFilter::Verdict BodyFilter::inspect(std::span<char> bytes) {
  if (strips_) {
    const http::ChunkReader::Stripped stripped = chunks_.strip(bytes);
    stripped_all_ = stripped.progress.is_done();
    return verdict_of(stripped.progress, bytes.size(), stripped.data);
  }
  const http::Progress progress = meter_.measure({bytes.data(), bytes.size()});
  return verdict_of(progress, bytes.size(), progress.is_done() ? progress.consumed() : bytes.size());
}

net::PumpFilter::Verdict BodyFilter::verdict_of(const http::Progress& progress, std::size_t given,
                                                std::size_t forward) {
  if (progress.is_wrong()) {
    fault_ = progress.fault();
    return {Verdict::Kind::wrong, 0, 0};
  }
  if (progress.is_done()) return {Verdict::Kind::complete, progress.consumed(), forward};
  return {Verdict::Kind::more, given, forward};
}

bool BodyFilter::is_complete() const noexcept {
  return strips_ ? stripped_all_ : meter_.is_complete();
}

std::uint64_t BodyFilter::read_limit() const {
  if (is_complete()) return 0;
  // A length body is never read past its end; chunks are, and what lies behind is left over.
  if (meter_.framing().kind == http::BodyKind::length) return meter_.opaque_bytes();
  return std::numeric_limits<std::uint64_t>::max();
}

std::uint64_t BodyFilter::opaque() const {
  return strips_ ? 0 : meter_.opaque_bytes();
}
void BodyFilter::pass(std::uint64_t count) {
  meter_.pass(count);
}

bool BodyFilter::may_end() const {
  return !strips_ && meter_.at_end().is_done();
}

}  // namespace aluvia::proxy
