// Private to the module: iterates over comma-separated lists (RFC 9110 §5.6.1) without copies.
#pragma once

#include "http/characters.hpp"

#include <cstddef>
#include <string_view>

namespace aluvia::http::detail {

/// Returns the position of the first comma outside a quoted-string (RFC 9110 §5.6.4), or the size of `list`.
/// Sets `unterminated` to true if a quoted-string does not end.
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

/// Calls `visit` with each member that is not empty, without white space around it. A comma in a
/// quoted-string does not separate members. Returns false if a quoted-string does not end; the last member
/// then holds the rest of the list.
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

/// Calls `fits` with each member of a list of tokens, also with empty ones, until it returns true. Returns
/// true if it did. Quotes have no meaning.
template <class Predicate>
constexpr bool any_token(std::string_view list, Predicate&& fits) {
  for (;;) {
    const std::size_t comma = list.find(',');
    if (fits(trim_ows(list.substr(0, comma)))) return true;
    if (comma == list.npos) return false;
    list.remove_prefix(comma + 1);
  }
}

/// Calls `visit` with each token that is not empty.
template <class Visit>
constexpr void for_each_token(std::string_view list, Visit&& visit) {
  any_token(list, [&visit](std::string_view token) {
    if (!token.empty()) visit(token);
    return false;
  });
}

}  // namespace aluvia::http::detail
