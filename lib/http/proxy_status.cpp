// Filter for Proxy-Status.
//
//   Proxy-Status = sf-list of sf-item, each a token or a string with parameters (RFC 9209 §2)
#include "http/proxy_status.hpp"

#include "base/ascii.hpp"
#include "http/list.hpp"

#include <algorithm>

namespace aluvia::http {
namespace {

using namespace detail;

constexpr bool is_token_part(char c) noexcept {
  return is_tchar(c) || c == ':' || c == '/';
}

// Returns the item of `member` without its parameters: a token, or a string without quotes and escapes (RFC
// 8941 §3.3.3 and §3.3.4).
std::string intermediary(std::string_view member) {
  if (!member.starts_with('"')) {
    return {member.begin(), std::find_if_not(member.begin(), member.end(), is_token_part)};
  }
  std::string name;
  for (std::size_t at = 1; at < member.size() && member[at] != '"'; ++at) {
    if (member[at] == '\\' && at + 1 < member.size()) ++at;
    name.push_back(member[at]);
  }
  return name;
}

}  // namespace

bool may_name_us(std::string_view proxy_status) noexcept {
  // A backslash may occur between any two letters of the name.
  if (proxy_status.find('\\') != proxy_status.npos) return true;
  const auto same = [](char a, char b) { return ascii::lower(a) == b; };
  return std::search(proxy_status.begin(), proxy_status.end(), proxy_name.begin(), proxy_name.end(), same) !=
         proxy_status.end();
}

std::string without_us(std::string_view proxy_status) {
  if (!may_name_us(proxy_status)) return std::string(proxy_status);
  std::string kept;
  bool named = false;
  const bool well_formed = for_each_member(proxy_status, [&](std::string_view member) {
    if (ascii::equals_ignoring_case(intermediary(member), proxy_name)) {
      named = true;
      return;
    }
    if (!kept.empty()) kept.append(", ");
    kept.append(member);
  });
  if (!well_formed) return {};
  return named ? kept : std::string(proxy_status);
}

}  // namespace aluvia::http
