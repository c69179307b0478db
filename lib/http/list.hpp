// Comma-separated lists (RFC 9110 §5.6.1), member by member, without copies.
#pragma once

#include "http/characters.hpp"

#include <cstddef>
#include <string_view>

namespace aluvia::http::detail {

/// Position of the first comma outside a quoted-string (RFC 9110 §5.6.4), or the size of `list`. Sets
/// `unterminated` where a quoted-string has no end.
constexpr std::size_t find_member_end(std::string_view list, bool& unterminated) noexcept {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < list.size(); ++at) {
    if (list[at] == '"') quoted = !quoted;
    if (quoted && list[at] == '\\') ++at;
    if (!quoted && at < list.size() && list[at] == ',') return at;
  }
  unterminated = quoted;
  return list.size();
}

/// Calls `visit` with every member that is not empty, without the white space around it. Commas in
/// quoted-strings separate nothing. False where a quoted-string has no end: its bytes belong to the last
/// member.
template <class Visit>
constexpr bool for_each_member(std::string_view list, Visit&& visit) {
  bool unterminated = false;
  for (;;) {
    const std::size_t end = find_member_end(list, unterminated);
    if (const std::string_view member = trim_ows(list.substr(0, end)); !member.empty()) visit(member);
    if (end == list.size()) return !unterminated;
    list.remove_prefix(end + 1);
  }
}

/// For lists of tokens, where a quote is no more than a bad character: calls `fits` with every member, also
/// the empty ones, until it returns true. Returns whether it did.
template <class Predicate>
constexpr bool any_token(std::string_view list, Predicate&& fits) {
  for (;;) {
    const std::size_t comma = list.find(',');
    if (fits(trim_ows(list.substr(0, comma)))) return true;
    if (comma == list.npos) return false;
    list.remove_prefix(comma + 1);
  }
}

/// Calls `visit` with every token that is not empty.
template <class Visit>
constexpr void for_each_token(std::string_view list, Visit&& visit) {
  any_token(list, [&visit](std::string_view token) {
    if (!token.empty()) visit(token);
    return false;
  });
}

}  // namespace aluvia::http::detail
