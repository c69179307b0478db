// Base64 encoder with padding (RFC 4648 §4), used for Basic credentials (RFC 7617).
#pragma once

#include "base/secret_string.hpp"

#include <string>
#include <string_view>

namespace aluvia {

std::string base64_encode(std::string_view bytes);

/// As base64_encode(), in memory that is overwritten.
SecretString base64_encode_secret(std::string_view bytes);

}  // namespace aluvia
