#include "config/api_error.hpp"

#include <array>
#include <utility>

namespace aluvia::config {
namespace {

using Kind = ApiError::Kind;

struct Row {
  Kind kind;
  std::string_view code;
  int http_status;
};

constexpr std::array rows{
    Row{Kind::invalid, "invalid", 400},
    Row{Kind::rejected, "rejected", 422},
    Row{Kind::token_refused, "token_refused", 401},
    Row{Kind::payment_required, "payment_required", 402},
    Row{Kind::rate_limited, "rate_limited", 429},
    Row{Kind::api_error, "api_error", 503},
    Row{Kind::unreachable, "unreachable", 504},
    Row{Kind::bad_answer, "bad_answer", 502},
    Row{Kind::conflict, "conflict", 409},
    Row{Kind::not_running, "not_running", 503},
};

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<std::size_t>(rows[i].kind) != i) return false;
  }
  return rows.size() == static_cast<std::size_t>(Kind::not_running) + 1;
}
static_assert(rows_are_in_order());

const Row& row_of(Kind kind) noexcept {
  return rows[static_cast<std::size_t>(kind)];
}

}  // namespace

ApiError no_response(ApiError::Cause cause, std::string message) {
  ApiError error;
  error.kind = cause == ApiError::Cause::too_large ? Kind::bad_answer : Kind::unreachable;
  error.message = std::move(message);
  error.cause = cause;
  return error;
}

std::string_view code(Kind kind) noexcept {
  return row_of(kind).code;
}

int http_status(Kind kind) noexcept {
  return row_of(kind).http_status;
}

bool needs_owner(Kind kind) noexcept {
  return kind == Kind::token_refused || kind == Kind::payment_required;
}

bool same_error(const ApiError& a, const ApiError& b) noexcept {
  if (a.kind != b.kind || a.kind == Kind::bad_answer) return a.kind == b.kind;
  return a.status == b.status && a.cause == b.cause;
}

}  // namespace aluvia::config
