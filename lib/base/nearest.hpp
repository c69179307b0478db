// Finds the name that a mistyped one probably meant: "did you mean …?".
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace aluvia {

/// The name nearest to `text`, at most two edits of a character away and one in a text of up to four
/// characters; else empty. A text of more than 40 characters is near nothing: it may be a secret.
std::string_view nearest(std::string_view text, std::span<const std::string> names);

/// "; did you mean NAME?", or nothing.
std::string did_you_mean(std::string_view text, std::span<const std::string> names);

}  // namespace aluvia
