// Removes a secret from text that another program wrote.
#pragma once

#include "base/secret.hpp"

#include <string>
#include <string_view>

namespace aluvia {

/// Returns `text` with "[removed]" in the place of every piece of `secret`, in any letter case. A piece is a
/// run of at least six characters that also occurs in the secret, or the whole secret if that is shorter. An
/// empty secret removes nothing.
std::string without_secret(std::string_view text, const Secret& secret);

}  // namespace aluvia
