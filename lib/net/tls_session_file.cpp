#include "net/tls_session_file.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>
#include <optional>
#include <utility>

#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace aluvia::net {
namespace {

constexpr std::string_view format_name = "aluvia-connect TLS sessions 1";
constexpr std::size_t length_size = 4;
constexpr int longest_chain = 10;
using Hash = std::array<char, SHA256_DIGEST_LENGTH>;

// OpenSSL's bytes are unsigned.
const unsigned char* in_bytes(std::string_view text) noexcept {
  return static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
}
unsigned char* out_bytes(char* at) noexcept {
  return static_cast<unsigned char*>(static_cast<void*>(at));
}

Hash hash_of(std::string_view bytes) noexcept {
  Hash out{};
  SHA256(in_bytes(bytes), bytes.size(), out_bytes(out.data()));
  return out;
}

void append_length(SecretString& out, std::size_t length) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((length >> shift) & 0xFF);
}

void append_field(SecretString& out, std::string_view field) {
  append_length(out, field.size());
  out.append(field);
}

// Returns an object's DER; `encode` is one of OpenSSL's i2d functions, which measures if it gets no memory.
template <class Encode>
SecretString der_of(const Encode& encode) {
  const int size = encode(nullptr);
  SecretString out(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
  unsigned char* end = out_bytes(out.data());
  if (!out.empty()) encode(&end);
  return out;
}

SecretString chain_der(const stack_st_X509& chain) {
  SecretString out;
  for (int i = 0; i < std::min(sk_X509_num(&chain), longest_chain); ++i) {
    const X509* const one = sk_X509_value(&chain, i);
    out.append(der_of([one](unsigned char** at) { return i2d_X509(one, at); }));
  }
  return out;
}

/// The fields that a text has left.
class Fields {
 public:
  explicit Fields(std::string_view rest) : rest_(rest) {}

  bool is_over() const noexcept { return rest_.empty(); }
  std::optional<std::string_view> next() noexcept {
    if (rest_.size() < length_size) return std::nullopt;
    std::size_t length = 0;
    for (const char c : rest_.substr(0, length_size)) length = length << 8 | static_cast<unsigned char>(c);
    rest_.remove_prefix(length_size);
    if (length > rest_.size()) return std::nullopt;
    const std::string_view field = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return field;
  }

 private:
  std::string_view rest_;
};

ChainHandle parse_chain(std::string_view der) {
  ChainHandle out(sk_X509_new_null());
  const unsigned char* at = in_bytes(der);
  const unsigned char* const end = at + der.size();
  while (at < end) {
    X509* const one = d2i_X509(nullptr, &at, end - at);
    const bool is_kept = one && sk_X509_num(out.get()) < longest_chain && sk_X509_push(out.get(), one) > 0;
    if (is_kept) continue;
    X509_free(one);
    return nullptr;
  }
  return der.empty() ? nullptr : std::move(out);
}

// Null unless the field is a session whose server had `certificate`.
SessionHandle parse_session(std::string_view der, const X509& certificate) {
  const unsigned char* at = in_bytes(der);
  if (der.empty() || der.size() > longest_kept_session) return nullptr;
  SessionHandle out(d2i_SSL_SESSION(nullptr, &at, static_cast<long>(der.size())));
  if (!out || at != in_bytes(der) + der.size()) return nullptr;
  const X509* const peer = SSL_SESSION_get0_peer(out.get());
  return peer && X509_cmp(peer, &certificate) == 0 ? std::move(out) : nullptr;
}

Result<SessionFile, std::string> damaged() {
  return Err{std::string("is damaged")};
}

Result<SessionFile, std::string> parse_fields(Fields fields) {
  const auto name = fields.next();
  if (!name) return damaged();
  if (*name != format_name) return Err{std::string("was written by another version")};
  const auto server = fields.next();
  const auto certificates = fields.next();
  if (!server || !certificates) return damaged();
  SessionFile out;
  out.server = *server;
  out.chain = parse_chain(*certificates);
  if (!out.chain) return damaged();
  while (!fields.is_over()) {
    const auto field = fields.next();
    auto session = field ? parse_session(*field, *sk_X509_value(out.chain.get(), 0)) : nullptr;
    if (!session || out.sessions.size() == most_kept_sessions) return damaged();
    out.sessions.push_back(std::move(session));
  }
  return out;
}

}  // namespace

void SessionDeleter::operator()(ssl_session_st* session) const noexcept {
  SSL_SESSION_free(session);
}
void ChainDeleter::operator()(stack_st_X509* chain) const noexcept {
  sk_X509_pop_free(chain, X509_free);
}

SecretString session_file_bytes(const SessionFile& file) {
  SecretString out;
  append_field(out, format_name);
  append_field(out, file.server);
  append_field(out, chain_der(*file.chain));
  std::size_t count = 0;
  for (const SessionHandle& session : file.sessions) {
    const SecretString der =
        der_of([&session](unsigned char** at) { return i2d_SSL_SESSION(session.get(), at); });
    if (der.empty() || der.size() > longest_kept_session || count == most_kept_sessions) continue;
    append_field(out, der);
    ++count;
  }
  if (count == 0) return {};
  const Hash hash = hash_of(out);
  return std::move(out.append({hash.data(), hash.size()}));
}

// OpenSSL's parser gets only bytes that a proxy wrote, or that their owner hashed.
Result<SessionFile, std::string> parse_session_file(std::string_view bytes) {
  constexpr std::size_t hash_size = std::tuple_size_v<Hash>;
  if (bytes.size() < hash_size) return damaged();
  const std::string_view fields = bytes.substr(0, bytes.size() - hash_size);
  const Hash hash = hash_of(fields);
  if (bytes.substr(fields.size()) != std::string_view(hash.data(), hash.size())) return damaged();
  return parse_fields(Fields(fields));
}

}  // namespace aluvia::net
