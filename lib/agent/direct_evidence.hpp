// Reads evidence that a site blocks direct requests from the record of a request. Private to the module.
#pragma once

#include "learn/host_state.hpp"
#include "telemetry/request_record.hpp"

#include <optional>

namespace aluvia::agent {

/// Returns nothing for a request that is no evidence. The proxy sees no content: a status of a site is known
/// to its client only.
std::optional<learn::EvidenceKind> evidence_of(const telemetry::RequestRecord& record) noexcept;

/// True if bytes of an upstream came back, so that the network works.
bool has_answer(const telemetry::RequestRecord& record) noexcept;

}  // namespace aluvia::agent
