// Encodes a user as JSON that decode_user_response() reads.
#pragma once

#include "base/secret_string.hpp"
#include "config/user_response.hpp"

namespace aluvia::config {

/// Returns the JSON of everything but the warnings, credentials included.
SecretString encode_user(const UserResponse& user);

}  // namespace aluvia::config
