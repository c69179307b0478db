// Answers GET /explain?url=URL-OR-HOST: where a request would go, and by which rule.
#pragma once

#include "admin/answer.hpp"
#include "admin/status_snapshot.hpp"

#include <functional>
#include <string_view>

namespace aluvia::admin {

/// Calls `done` on the loop, maybe before it returns, and never where the proxy stops first. `target` is not
/// used after the return. Others than the owner do not learn the last error of the gateway, which may name a
/// host.
void explain(const StatusProvider& provider, std::string_view target, Format format, Audience audience,
             std::function<void(Answer)> done);

}  // namespace aluvia::admin
