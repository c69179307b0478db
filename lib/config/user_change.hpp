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

/// Bytes of a list of rules in JSON: an answer of the API, which is read up to 16 MiB, must be able to hold
/// them and the rest of the user. 100,000 rules of 160 bytes fit.
inline constexpr std::size_t most_rule_bytes = 16 * 1024 * 1024 - 64 * 1024;
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

/// The form in which two spellings of one rule are equal (rules::to_text); of a text that is no rule, the
/// text in lower case.
std::string canonical_rule(const std::string& rule);

/// One sentence that says what is wrong and what to write instead, or empty where the rule is one.
std::string rule_error(const std::string& rule);
/// The same of a list's size.
std::string size_error(std::span<const std::string> rules);
/// The same of a list: of its size, or of the first entry that is no rule.
std::string rules_error(std::span<const std::string> rules);
/// One sentence or empty. The API takes any text for a geo, so only length and characters are judged.
std::string geo_error(std::string_view geo);
/// One sentence or empty: a session id is 1 to 255 letters and digits.
std::string session_id_error(std::string_view id);

}  // namespace aluvia::config
