// A message body on its way through a pump: counted through as it is framed, or stripped of its chunks for a
// client that cannot read them.
#pragma once

#include "http/body_meter.hpp"
#include "http/chunk_reader.hpp"
#include "net/pump.hpp"

namespace aluvia::proxy {

class BodyFilter final : public net::PumpFilter {
 public:
  enum class Form { as_framed, without_chunks };

  explicit BodyFilter(http::Framing framing, Form form = Form::as_framed);

  Verdict inspect(std::span<char> bytes) override;
  std::uint64_t read_limit() const override;
  bool may_end() const override;
  std::uint64_t opaque() const override;
  void pass(std::uint64_t count) override;

  bool is_complete() const noexcept;
  /// What inspect() found wrong; its status is the one for a request.
  const http::Malformed& fault() const noexcept { return fault_; }

 private:
  Verdict verdict_of(const http::Progress& progress, std::size_t given, std::size_t forward);

  http::BodyMeter meter_;
  http::ChunkReader chunks_;  // in use for without_chunks only
  bool strips_;
  bool stripped_all_ = false;
  http::Malformed fault_;
};

}  // namespace aluvia::proxy
