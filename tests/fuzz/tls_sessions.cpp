// Fuzz target for the file of TLS sessions, with the hash that belongs to it: only sessions of its
// certificate come out, not more than a file may have, and written again they stay the same.
#include "net/tls_session_file.hpp"
#include "target.hpp"

#include <array>
#include <string>

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>

namespace aluvia::fuzz {
namespace {

std::string with_hash(std::string_view fields) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  std::string out(fields);
  SHA256(static_cast<const unsigned char*>(static_cast<const void*>(out.data())), out.size(), hash.data());
  for (const unsigned char byte : hash) out += static_cast<char>(byte);
  return out;
}

void check_file(const net::SessionFile& file) {
  require(file.chain && sk_X509_num(file.chain.get()) > 0, "a file has a certificate");
  require(file.sessions.size() <= net::most_kept_sessions, "the sessions of a file are bounded");
  for (const net::SessionHandle& session : file.sessions) {
    const X509* const peer = SSL_SESSION_get0_peer(session.get());
    require(peer && X509_cmp(peer, sk_X509_value(file.chain.get(), 0)) == 0,
            "a session belongs to the certificate");
  }
  const SecretString again = net::session_file_bytes(file);
  if (again.empty()) return;
  const auto parsed = net::parse_session_file(again);
  require(parsed.has_value(), "a file that was written again is read again");
  require(net::session_file_bytes(*parsed) == again, "and stays the same then");
}

}  // namespace

void tls_sessions(std::string_view input) {
  require(!net::parse_session_file(input), "the hash of a file is not guessed");
  const std::string file = with_hash(input);
  const Copy all(file);
  const auto parsed = net::parse_session_file(all.view());
  if (parsed) {
    check_file(*parsed);
  } else {
    require(!parsed.error().empty(), "an error has a reason");
  }
  ERR_clear_error();
}

}  // namespace aluvia::fuzz
