// The body of `PATCH /user`, and what can be said about a change before it is sent: pure values in, text or a
// sentence out.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::config {

/// More rules than any account needs; a list of this length still fits into an answer of the API.
inline constexpr std::size_t most_rules = 10'000;
inline constexpr std::size_t longest_geo = 50;          ///< bytes
inline constexpr std::size_t longest_session_id = 255;  ///< bytes

/// Only what is present changes.
struct UserChange {
  std::optional<std::vector<std::string>> rules;
  std::optional<std::optional<std::string>> session_id;  ///< present without a value: cleared
  std::optional<std::optional<std::string>> target_geo;  ///< likewise
};

/// JSON with the members that are present.
std::string encode_user_change(const UserChange& change);

/// One sentence that says what is wrong and what to write instead, or empty where the rule is one.
std::string complaint_about_rule(const std::string& rule);
/// The same of a list: of its length, or of the first entry that is no rule.
std::string complaint_about_rules(std::span<const std::string> rules);
/// One sentence or empty. The API takes any text for a geo, so only length and characters are judged.
std::string complaint_about_geo(std::string_view geo);
/// One sentence or empty: a session id is 1 to 255 letters and digits.
std::string complaint_about_session_id(std::string_view id);

}  // namespace aluvia::config
