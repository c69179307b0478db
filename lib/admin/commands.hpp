// Commands: the functions with which the owner changes a running proxy. The agent, which knows both planes,
// carries them out.
#pragma once

#include "admin/auto_view.hpp"
#include "admin/block_report.hpp"
#include "config/api_error.hpp"
#include "config/edit.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace aluvia::admin {

/// All are called on the loop and must not wait. They call `done` on the loop, once, or never where the proxy
/// stops first.
struct Commands {
  std::function<void(config::Edit, config::ChangeDone done)> change;
  /// Polls the API; `done` gets the error of that poll, if any.
  std::function<void(std::function<void(std::optional<config::ApiError>)> done)> refresh;
  /// Logs and counts the report, and learns from it.
  std::function<void(const BlockReport&, std::function<void(BlockReceipt)> done)> report_block;
  /// Forgets learned hosts, or all of them if the list is empty. Empty function: this proxy learns none.
  std::function<void(const std::vector<std::string>& hosts, std::function<void(ForgetResult)> done)> forget;
  std::function<void()> stop;
};

}  // namespace aluvia::admin
