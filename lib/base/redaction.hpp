// Removes a secret from words that another program wrote.
#pragma once

#include "base/secret.hpp"

#include <string>
#include <string_view>

namespace aluvia {

/// `text` with "[removed]" for every piece of `secret` in it, in any letter case: a run of at least six
/// characters that also stands in the secret, or the whole secret where it is shorter. An empty secret
/// removes nothing.
std::string without_secret(std::string_view text, const Secret& secret);

}  // namespace aluvia
