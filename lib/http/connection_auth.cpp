#include "http/connection_auth.hpp"

#include "base/ascii.hpp"
#include "http/list.hpp"

#include <algorithm>
#include <array>

namespace aluvia::http {
namespace {

using namespace detail;

constexpr std::array<std::string_view, 6> authentication_fields{
    "Authorization",      "Proxy-Authorization", "WWW-Authenticate",
    "Proxy-Authenticate", "Authentication-Info", "Proxy-Authentication-Info"};

constexpr std::array<std::string_view, 2> binding_schemes{"NTLM", "Negotiate"};

template <class Names>
bool is_one_of(std::string_view text, const Names& names) noexcept {
  return std::any_of(names.begin(), names.end(),
                     [text](std::string_view name) { return ascii::equals_ignoring_case(text, name); });
}

// A member of the list begins with a scheme, or is another parameter (name "=" value) of the scheme before
// it.
bool begins_with_binding_scheme(std::string_view member) noexcept {
  const auto* const end = std::find_if_not(member.begin(), member.end(), is_tchar);
  const std::string_view word(member.begin(), static_cast<std::size_t>(end - member.begin()));
  return is_one_of(word, binding_schemes) && !trim_ows(member.substr(word.size())).starts_with('=');
}

bool holds_binding_scheme(std::string_view value) noexcept {
  bool found = false;
  const auto look = [&found](std::string_view member) { found |= begins_with_binding_scheme(member); };
  // An unterminated quote may be a server's `realm="C:\"`. Readers disagree about what is quoted in it, so
  // every interpretation counts.
  if (!for_each_member(value, look)) for_each_token(value, look);
  return found;
}

}  // namespace

bool binds_connection(const Fields& fields) noexcept {
  return std::any_of(fields.begin(), fields.end(), [](const Field& field) {
    if (ascii::equals_ignoring_case(field.name, "Persistent-Auth")) return true;
    return is_one_of(field.name, authentication_fields) && holds_binding_scheme(field.value);
  });
}

}  // namespace aluvia::http
