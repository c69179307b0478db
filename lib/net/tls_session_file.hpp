// Encodes and parses the bytes that keep TLS sessions over restarts, without I/O. Private to the module.
//
//   name of the format, server, certificates, session…   each with its length before it, 4 bytes, big-endian
//   SHA-256 of all bytes before
//
// The certificates (DER) are those that the server sent, its own first, because a session in DER has only
// that one (SSL_SESSION_get0_peer). The hash finds damage; it does not protect against the file's owner.
#pragma once

#include "base/result.hpp"
#include "base/secret_string.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ssl_session_st;
struct stack_st_X509;

namespace aluvia::net {

struct SessionDeleter {
  void operator()(ssl_session_st* session) const noexcept;
};
using SessionHandle = std::unique_ptr<ssl_session_st, SessionDeleter>;

struct ChainDeleter {
  void operator()(stack_st_X509* chain) const noexcept;
};
using ChainHandle = std::unique_ptr<stack_st_X509, ChainDeleter>;

/// Sessions of one server that it gave with one certificate.
struct SessionFile {
  std::string server;                   ///< host and port
  ChainHandle chain;                    ///< never empty
  std::vector<SessionHandle> sessions;  ///< the best first
};

/// Sessions with more bytes are left out: most have less than 3 KB, 1 KB of it the certificate.
inline constexpr std::size_t longest_kept_session = 16 * 1024;
/// Number of sessions in one file.
inline constexpr std::size_t most_kept_sessions = 16;

/// Takes at most most_kept_sessions of the file's sessions. Empty if none can be encoded.
SecretString session_file_bytes(const SessionFile& file);

/// The error is a phrase: "is damaged", or "was written by another version".
Result<SessionFile, std::string> parse_session_file(std::string_view bytes);

}  // namespace aluvia::net
