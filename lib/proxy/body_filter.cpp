#include "proxy/body_filter.hpp"

#include <limits>
#include <utility>

namespace aluvia::proxy {

BodyFilter::BodyFilter(http::Framing framing, Form form)
    : meter_(framing),
      chunks_(form == Form::request ? http::ChunkReader::Sender::client : http::ChunkReader::Sender::server),
      strips_(form == Form::without_chunks) {}

net::PumpFilter::Verdict BodyFilter::inspect(std::span<char> bytes) {
  if (is_chunked()) return inspect_chunks(bytes);
  const http::Progress progress = meter_.measure({bytes.data(), bytes.size()});
  return verdict_of(progress, bytes.size(), progress.is_done() ? progress.consumed() : bytes.size());
}

net::PumpFilter::Verdict BodyFilter::inspect_chunks(std::span<char> bytes) {
  if (strips_) {
    const http::ChunkReader::Stripped stripped = chunks_.strip(bytes);
    chunks_over_ = stripped.progress.is_done();
    return verdict_of(stripped.progress, bytes.size(), stripped.data);
  }
  http::ChunkReader::Filtered filtered = chunks_.filter(bytes);
  chunks_over_ = filtered.progress.is_done();
  Verdict verdict = verdict_of(filtered.progress, bytes.size(), filtered.forward);
  if (verdict.kind != Verdict::Kind::wrong) verdict.held = std::move(filtered.held);
  return verdict;
}

net::PumpFilter::Verdict BodyFilter::verdict_of(const http::Progress& progress, std::size_t given,
                                                std::size_t forward) {
  if (progress.is_wrong()) {
    error_ = progress.error();
    return {Verdict::Kind::wrong, 0, 0};
  }
  if (progress.is_done()) return {Verdict::Kind::complete, progress.consumed(), forward};
  return {Verdict::Kind::more, given, forward};
}

bool BodyFilter::is_complete() const noexcept {
  return is_chunked() ? chunks_over_ : meter_.is_complete();
}

std::uint64_t BodyFilter::read_limit() const {
  if (is_complete()) return 0;
  // A length body is never read past its end; chunks are, and what lies behind is left over.
  if (meter_.framing().kind == http::BodyKind::length) return meter_.opaque_bytes();
  return std::numeric_limits<std::uint64_t>::max();
}

std::uint64_t BodyFilter::opaque() const {
  if (strips_ && is_chunked()) return 0;
  return is_chunked() ? chunks_.data_left() : meter_.opaque_bytes();
}

void BodyFilter::pass(std::uint64_t count) {
  if (is_chunked()) return chunks_.skip(count);
  meter_.pass(count);
}

bool BodyFilter::may_end() const {
  return is_chunked() ? chunks_over_ : meter_.at_end().is_done();
}

}  // namespace aluvia::proxy
