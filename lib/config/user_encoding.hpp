// A user written down, to be read again by decode_user_response().
#pragma once

#include "config/user_response.hpp"

#include <string>

namespace aluvia::config {

/// JSON of everything but the warnings. It holds the credentials: whoever has used it wipes it. No copy of it
/// is left behind.
std::string encode_user(const UserResponse& user);

}  // namespace aluvia::config
