// Encodes the body of `PATCH /user`, and checks a change before it is sent.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::config {

/// Limit of a list of rules in JSON, in bytes: a response of the API, which is read up to 16 MiB, must hold
/// them and the rest of the user. 100,000 rules of 160 bytes fit.
inline constexpr std::size_t most_rule_bytes = 16 * 1024 * 1024 - 64 * 1024;
inline constexpr std::size_t longest_geo = 50;          ///< bytes
inline constexpr std::size_t longest_session_id = 255;  ///< bytes

/// A change of the members that are present.
struct UserChange {
  std::optional<std::vector<std::string>> rules;
  std::optional<std::optional<std::string>> session_id;  ///< present without a value: cleared
  std::optional<std::optional<std::string>> target_geo;  ///< likewise
};

/// Returns JSON with the members that are present.
std::string encode_user_change(const UserChange& change);

/// Returns the form in which two spellings of one rule are equal (rules::to_text), or the text in lower case
/// if it is no rule.
std::string canonical_rule(const std::string& rule);

/// Returns one sentence with the error and the right form, or an empty string if the rule is valid.
std::string rule_error(const std::string& rule);
/// Returns the same for the size of a list.
std::string size_error(std::span<const std::string> rules);
/// Returns the same for a list: for its size, or for the first invalid entry.
std::string rules_error(std::span<const std::string> rules);
/// Returns the same for a list of local rules, which may have networks, ports and presets (policy/).
std::string local_rules_error(std::span<const std::string> rules);
/// Returns one sentence or an empty string. The API takes any text for a geo, so this checks only length and
/// characters.
std::string geo_error(std::string_view geo);
/// Returns one sentence or an empty string: a session id is 1 to 255 letters and digits.
std::string session_id_error(std::string_view id);

}  // namespace aluvia::config
