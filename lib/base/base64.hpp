// Base64 encoder with padding (RFC 4648 §4), used for Basic credentials (RFC 7617).
#pragma once

#include <string>
#include <string_view>

namespace aluvia {

std::string base64_encode(std::string_view bytes);

}  // namespace aluvia
