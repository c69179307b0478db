// Checks of a token and a connection id, before anything is sent.
#pragma once

#include "base/secret.hpp"

#include <string>

namespace aluvia::api {

/// Returns one sentence, or an empty string if the token fits into a header field. Never quotes the token.
std::string token_error(const Secret& token);

/// Returns one sentence, or an empty string if `id` is empty or fits into a path: as many digits as a 64-bit
/// number has.
std::string connection_id_error(const std::string& id);

}  // namespace aluvia::api
