// Recognizes a TLS ClientHello at the front of a byte stream, without a TLS library and without I/O.
#pragma once

#include <cstddef>
#include <string_view>

namespace aluvia::net {

struct ClientHelloScan {
  enum class Kind {
    more,   ///< the bytes are the beginning of one
    whole,  ///< one fills the first `size` bytes
    other,  ///< something else, one that shares its last record with another message, or a too large one
  };
  Kind kind = Kind::more;
  std::size_t size = 0;  ///< of its records, with their headers
};

/// Limit of the size. A hello with post-quantum key shares has about 1.8 KB.
inline constexpr std::size_t largest_client_hello = 16UL * 1024;

/// Takes all bytes received so far, in each call. Checks the record headers and the type and length of the
/// message (RFC 8446 §4, §5.1), not its content.
ClientHelloScan scan_client_hello(std::string_view bytes) noexcept;

}  // namespace aluvia::net
