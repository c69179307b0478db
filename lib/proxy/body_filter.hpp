// A message body on its way through a pump: followed as it is framed, its chunk lines held back until they
// are known to be good, or stripped of its chunks for a client that cannot read them.
#pragma once

#include "http/body_meter.hpp"
#include "http/chunk_reader.hpp"
#include "net/pump.hpp"

namespace aluvia::proxy {

class BodyFilter final : public net::PumpFilter {
 public:
  enum class Form {
    request,         ///< as framed
    response,        ///< as framed, less the trailers that must not be there
    without_chunks,  ///< of a response: the data alone
  };

  explicit BodyFilter(http::Framing framing, Form form = Form::request);

  Verdict inspect(std::span<char> bytes) override;
  std::uint64_t read_limit() const override;
  bool may_end() const override;
  std::uint64_t opaque() const override;
  void pass(std::uint64_t count) override;

  bool is_complete() const noexcept;
  /// The error that inspect() found; its status is the one for a request.
  const http::ParseError& error() const noexcept { return error_; }

 private:
  Verdict inspect_chunks(std::span<char> bytes);
  Verdict verdict_of(const http::Progress& progress, std::size_t given, std::size_t forward);
  bool is_chunked() const noexcept { return meter_.framing().kind == http::BodyKind::chunked; }

  http::BodyMeter meter_;     // of every other framing
  http::ChunkReader chunks_;  // of chunked
  bool strips_;
  bool chunks_over_ = false;
  http::ParseError error_;
};

}  // namespace aluvia::proxy
