#include "agent/direct_evidence.hpp"

namespace aluvia::agent {
namespace {

using Kind = learn::EvidenceKind;
using Outcome = telemetry::RequestRecord::Outcome;

// Firewalls reset as soon as they have read the server name; later resets have other reasons.
constexpr auto soon = std::chrono::seconds(10);
// A client that leaves earlier may have been in a hurry.
constexpr auto patience = std::chrono::seconds(10);

std::optional<Kind> evidence_of_failure(std::string_view error) noexcept {
  if (error == "connection_refused") return Kind::refusal;
  if (error == "connection_timeout" || error == "http_response_timeout") return Kind::silence;
  return std::nullopt;
}

}  // namespace

std::optional<Kind> evidence_of(const telemetry::RequestRecord& record) noexcept {
  if (record.route != rules::Route::direct || record.bytes_down > 0) return std::nullopt;
  if (record.outcome == Outcome::failed) return evidence_of_failure(record.error);
  const bool was_sent = record.bytes_up > 0;
  if (record.is_tunnel && record.is_cut_by_upstream)
    return was_sent && record.duration < soon ? std::optional(Kind::reset) : std::nullopt;
  // A client that sends nothing gets no answer. One that left while the proxy connected has waited in vain if
  // the name was known.
  const bool has_asked = was_sent || (record.outcome == Outcome::aborted && record.dns);
  return has_asked && record.duration >= patience ? std::optional(Kind::silence) : std::nullopt;
}

bool has_answer(const telemetry::RequestRecord& record) noexcept {
  return record.route && record.outcome != Outcome::failed && record.bytes_down > 0;
}

}  // namespace aluvia::agent
