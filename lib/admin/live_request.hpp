// Answers GET /live?since=NUMBER: the requests since that one, and the state of the proxy.
#pragma once

#include "admin/answer.hpp"
#include "admin/status_snapshot.hpp"

#include <functional>
#include <string_view>

namespace aluvia::admin {

/// Calls `done` on the loop, maybe before it returns, and never where the proxy stops first. `target` is not
/// used after the return. Without `since` the answer has all requests that are known.
void answer_live(const StatusProvider& provider, std::string_view target, Audience audience,
                 std::function<void(Answer)> done);

}  // namespace aluvia::admin
