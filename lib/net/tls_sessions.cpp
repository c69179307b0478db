#include "net/tls_sessions.hpp"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <list>
#include <memory>
#include <utility>

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace aluvia::net {
namespace {

// A page opens up to 16 connections at once, and servers give one or two tickets with each. Tickets are used
// once, so a burst finds as many as the one before has left.
constexpr std::size_t most_cached = 32;
// The first connections of a run; each of them brings more.
constexpr std::size_t most_aside = 4;
constexpr std::int64_t longest_lifetime = 7 * 24 * 3600;  // seconds (RFC 8446 §4.6.1)

struct Kept {
  std::string server;
  SessionHandle session;
  ChainHandle chain;
};

// Both lists have the newest first.
struct Shelf {
  std::list<Kept> cached;
  std::list<Kept> aside;            // see set_sessions_aside()
  std::function<void()> on_change;  // empty: nothing is set aside
};

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

Shelf* shelf_of(const ssl_ctx_st& context) {
  return static_cast<Shelf*>(SSL_CTX_get_ex_data(&context, shelf_index()));
}
Shelf* shelf_of(const ssl_st& ssl) {
  return shelf_of(*SSL_get_SSL_CTX(&ssl));
}

void free_chain(void*, void* chain, CRYPTO_EX_DATA*, int, long, void*) {
  if (chain) ChainDeleter()(static_cast<stack_st_X509*>(chain));
}

// A slot of every connection that was offered a session: the certificates of that one.
int chain_index() {
  static const int index =
      CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, 0, nullptr, nullptr, nullptr, &free_chain);
  return index;
}

ChainHandle share(const stack_st_X509* chain) {
  return ChainHandle(chain ? X509_chain_up_ref(const_cast<stack_st_X509*>(chain)) : nullptr);
}

// A session that came from a file knows the server's own certificate only: its successors have the chain of
// the one that was offered.
ChainHandle chain_of(const ssl_st& ssl) {
  if (const stack_st_X509* const sent = SSL_get_peer_cert_chain(&ssl)) return share(sent);
  return share(static_cast<const stack_st_X509*>(SSL_get_ex_data(&ssl, chain_index())));
}

bool is_single_use(const ssl_session_st& session) {
  return SSL_SESSION_get_protocol_version(&session) >= TLS1_3_VERSION;
}

// Seconds. A TLS 1.2 server may leave it to the client (0, RFC 5077 §3.3); with TLS 1.3 that is a ticket
// without any use.
std::int64_t lifetime(const ssl_session_st& session) {
  const auto hint = static_cast<std::int64_t>(SSL_SESSION_get_ticket_lifetime_hint(&session));
  if (hint == 0 && !is_single_use(session)) return SSL_SESSION_get_timeout(&session);
  return std::min(hint, longest_lifetime);
}

std::int64_t age(const ssl_session_st& session) {
  return static_cast<std::int64_t>(std::time(nullptr)) - SSL_SESSION_get_time(&session);
}

// Also one of a future that the clock has left: its age cannot be told to the server.
bool is_expired(const ssl_session_st& session) {
  return age(session) < 0 || age(session) >= lifetime(session);
}

bool has_same_certificate(const ssl_session_st& a, const ssl_session_st& b) {
  const X509* const one = SSL_SESSION_get0_peer(const_cast<ssl_session_st*>(&a));
  const X509* const other = SSL_SESSION_get0_peer(const_cast<ssl_session_st*>(&b));
  return one && other && X509_cmp(one, other) == 0;
}

void push_front(std::list<Kept>& list, Kept kept, std::size_t most) {
  list.push_front(std::move(kept));
  if (list.size() > most) list.pop_back();
}

// The next connection of this run comes before all but the first one of the next. Old ones are replaced in
// time, for the process may be killed at the end of their life.
bool belongs_aside(const Shelf& shelf, const Kept& kept) {
  if (!shelf.on_change || !kept.chain) return false;
  if (shelf.aside.empty()) return true;
  const ssl_session_st& oldest = *shelf.aside.back().session;
  if (age(oldest) < 0 || age(oldest) > lifetime(oldest) / 2) return true;
  if (shelf.aside.size() == most_aside) return false;
  return std::ranges::find(shelf.cached, kept.server, &Kept::server) != shelf.cached.end();
}

// A session of TLS 1.2 serves many connections, so a copy of it is set aside. A server that resumes one
// seldom gives another.
void set_copy_aside(Shelf& shelf, const Kept& kept) {
  SessionHandle copy(SSL_SESSION_dup(kept.session.get()));
  if (!copy) return;
  push_front(shelf.aside, {kept.server, std::move(copy), share(kept.chain.get())}, most_aside);
  shelf.on_change();
}

void add(Shelf& shelf, Kept kept) {
  const bool is_aside = belongs_aside(shelf, kept);
  if (is_aside && is_single_use(*kept.session)) {
    push_front(shelf.aside, std::move(kept), most_aside);
    return shelf.on_change();
  }
  if (is_aside) set_copy_aside(shelf, kept);
  push_front(shelf.cached, std::move(kept), most_cached);
}

// Copies are kept and offered: OpenSSL marks the session of a connection that ends without close_notify as
// not resumable, and so ends every one that is cut.
int on_new_session(ssl_st* ssl, SSL_SESSION* session) {
  Shelf* const shelf = shelf_of(*ssl);
  std::string server = server_of(*ssl);
  SessionHandle copy(SSL_SESSION_dup(session));
  if (!shelf || !copy || server.empty()) return 0;
  add(*shelf, {std::move(server), std::move(copy), chain_of(*ssl)});
  return 0;  // the caller's own is not kept
}

void append_copies(SessionFile& out, const std::list<Kept>& list) {
  for (const Kept& kept : list) {
    if (kept.server != out.server || !kept.chain || is_expired(*kept.session)) continue;
    if (out.chain && !has_same_certificate(*kept.session, *out.sessions.front())) continue;
    SessionHandle copy(SSL_SESSION_dup(kept.session.get()));
    if (!copy) continue;
    out.sessions.push_back(std::move(copy));
    if (!out.chain) out.chain = share(kept.chain.get());
  }
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
  if (!shelf || shelf->cached.empty()) return;
  const std::string server = server_of(ssl);
  std::erase_if(shelf->cached, [](const Kept& kept) { return is_expired(*kept.session); });
  const auto found = std::ranges::find(shelf->cached, server, &Kept::server);
  if (found == shelf->cached.end()) return;
  const SessionHandle copy(SSL_SESSION_dup(found->session.get()));
  if (copy) SSL_set_session(&ssl, copy.get());
  ChainHandle chain = share(found->chain.get());
  if (chain && SSL_set_ex_data(&ssl, chain_index(), chain.get()) == 1) static_cast<void>(chain.release());
  // TLS 1.3 tickets are for one use, so that an observer cannot link our connections by them, and because a
  // server may reject the second one (RFC 8446 §C.4, §8.1). A connection of a burst that finds none shakes
  // hands in full, which takes no round trip more with TLS 1.3.
  if (is_single_use(*found->session)) shelf->cached.erase(found);
}

void forget_sessions(ssl_st& ssl) noexcept {
  Shelf* const shelf = shelf_of(ssl);
  if (!shelf) return;
  const std::string server = server_of(ssl);
  std::erase_if(shelf->cached, [&server](const Kept& kept) { return kept.server == server; });
}

void set_sessions_aside(ssl_ctx_st& context, std::function<void()> on_change) {
  if (Shelf* const shelf = shelf_of(context)) shelf->on_change = std::move(on_change);
}

SessionFile list_sessions(ssl_st& ssl, bool all) {
  SessionFile out;
  out.server = server_of(ssl);
  const Shelf* const shelf = shelf_of(ssl);
  if (!shelf) return out;
  append_copies(out, shelf->aside);
  if (all) append_copies(out, shelf->cached);
  return out;
}

// The result of the verification is part of a session, which SSL_set_session takes over.
std::size_t adopt_sessions(ssl_st& ssl, SessionFile file) {
  Shelf* const shelf = shelf_of(ssl);
  if (!shelf) return 0;
  const std::string server = server_of(ssl);
  std::size_t count = 0;
  for (SessionHandle& session : file.sessions) {
    const bool is_good = SSL_SESSION_is_resumable(session.get()) == 1 && !is_expired(*session) &&
                         SSL_SESSION_get_protocol_version(session.get()) >= TLS1_2_VERSION &&
                         SSL_set_session(&ssl, session.get()) == 1 &&
                         SSL_get_verify_result(&ssl) == X509_V_OK;
    if (!is_good || shelf->cached.size() == most_cached) continue;
    shelf->cached.push_back({server, std::move(session), share(file.chain.get())});
    const Kept& kept = shelf->cached.back();
    if (shelf->on_change && !is_single_use(*kept.session)) set_copy_aside(*shelf, kept);
    ++count;
  }
  return count;
}

}  // namespace aluvia::net
