#include "start_failure.hpp"

#include <algorithm>
#include <array>

namespace aluvia::app {
namespace {

struct Row {
  ExitStatus status;
  std::string_view error;
  std::string_view next;
};

constexpr std::array rows{
    Row{bad_usage, "InvalidOptionError", "aluvia-connect run --help"},
    Row{api_unavailable, "ApiError", "aluvia-connect check --online"},
    Row{internal_error, "InternalError", ""},
    Row{cannot_listen, "ProxyStartError", "aluvia-connect list"},
    Row{cannot_print, "OutputError", ""},
    Row{bad_api_answer, "ApiError", "aluvia-connect check --online"},
    Row{token_refused, "InvalidUserTokenError", "aluvia-connect check --online"},
};

const Row* row_of(ExitStatus status) noexcept {
  const auto* const row = std::ranges::find(rows, status, &Row::status);
  return row == rows.end() ? nullptr : row;
}

}  // namespace

std::string_view error_name(ExitStatus status) noexcept {
  const Row* const row = row_of(status);
  return row ? row->error : "InternalError";
}

std::string next_after(ExitStatus status) {
  const Row* const row = row_of(status);
  return std::string(row ? row->next : "");
}

}  // namespace aluvia::app
