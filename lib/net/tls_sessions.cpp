#include "net/tls_sessions.hpp"

#include <algorithm>
#include <list>
#include <memory>
#include <string>

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace aluvia::net {
namespace {

// Servers give two tickets per connection; a burst of new connections needs a few at once.
constexpr std::size_t kept_sessions = 8;

struct SessionDeleter {
  void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};
using SessionHandle = std::unique_ptr<SSL_SESSION, SessionDeleter>;

struct Kept {
  std::string server;
  SessionHandle session;
};
using Shelf = std::list<Kept>;  // the newest first

// Whom the certificate was, or will be, verified for.
std::string server_of(ssl_st& ssl) {
  X509_VERIFY_PARAM* const asked = SSL_get0_param(&ssl);
  if (const char* const name = X509_VERIFY_PARAM_get0_host(asked, 0)) return name;
  char* const address = X509_VERIFY_PARAM_get1_ip_asc(asked);
  std::string text = address ? address : "";
  OPENSSL_free(address);
  return text;
}

void free_shelf(void*, void* shelf, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<Shelf*>(shelf);
}

// Owned by the context, because connections, which keep it alive, still bring sessions after its owner has
// gone.
int shelf_index() {
  static const int index =
      CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, nullptr, nullptr, nullptr, &free_shelf);
  return index;
}

Shelf* shelf_of(ssl_st& ssl) {
  return static_cast<Shelf*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(&ssl), shelf_index()));
}

// Copies are kept and offered: OpenSSL marks the session of a connection that ends without close_notify as
// not resumable, and so ends every one that is cut.
int on_new_session(ssl_st* ssl, SSL_SESSION* session) {
  Shelf* const shelf = shelf_of(*ssl);
  std::string server = server_of(*ssl);
  SessionHandle copy(SSL_SESSION_dup(session));
  if (!shelf || !copy || server.empty()) return 0;
  shelf->push_front({std::move(server), std::move(copy)});
  if (shelf->size() > kept_sessions) shelf->pop_back();
  return 0;  // the caller's own is not kept
}

}  // namespace

bool keep_sessions(ssl_ctx_st& context) noexcept {
  auto shelf = std::make_unique<Shelf>();
  if (SSL_CTX_set_ex_data(&context, shelf_index(), shelf.get()) != 1) return false;
  static_cast<void>(shelf.release());
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(&context, &on_new_session);
  return true;
}

void offer_session(ssl_st& ssl) noexcept {
  Shelf* const shelf = shelf_of(ssl);
  if (!shelf || shelf->empty()) return;
  const std::string server = server_of(ssl);
  const auto found = std::ranges::find(*shelf, server, &Kept::server);
  if (found == shelf->end()) return;
  const SessionHandle copy(SSL_SESSION_dup(found->session.get()));
  if (copy) SSL_set_session(&ssl, copy.get());
  // TLS 1.3 tickets are for one use, so that an observer cannot link our connections by them (RFC 8446 §C.4).
  if (SSL_SESSION_get_protocol_version(found->session.get()) >= TLS1_3_VERSION) shelf->erase(found);
}

void forget_sessions(ssl_st& ssl) noexcept {
  Shelf* const shelf = shelf_of(ssl);
  if (!shelf) return;
  const std::string server = server_of(ssl);
  std::erase_if(*shelf, [&server](const Kept& kept) { return kept.server == server; });
}

}  // namespace aluvia::net
