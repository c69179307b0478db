// A TLS ClientHello in front of other bytes: whole, in pieces, in several records, and what only looks like
// one.
#include "net/client_hello.hpp"

#include <memory>
#include <string>

#include <catch2/catch.hpp>
#include <openssl/ssl.h>

namespace aluvia::net {
namespace {

using Kind = ClientHelloScan::Kind;

std::string record(std::string_view fragment, char type = 22, char minor = 1) {
  const std::size_t size = fragment.size();
  std::string out{type, 3, minor, static_cast<char>(size >> 8U), static_cast<char>(size & 0xffU)};
  return out.append(fragment);
}

std::string message(std::size_t body, char type = 1) {
  std::string out{type, 0, static_cast<char>(body >> 8U), static_cast<char>(body & 0xffU)};
  return out.append(body, 'h');
}

// The one that OpenSSL sends for `name`.
std::string real_hello(const char* name) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context.get()), SSL_free);
  BIO* const out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), out);
  SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name));
  REQUIRE(SSL_connect(ssl.get()) < 0);
  std::string hello(static_cast<std::size_t>(BIO_ctrl_pending(out)), '\0');
  REQUIRE(BIO_read(out, hello.data(), static_cast<int>(hello.size())) > 0);
  return hello;
}

TEST_CASE("The hello of a TLS library is recognized, however it is cut, and what follows it does not count") {
  const std::string hello = real_hello("www.site.test");
  for (std::size_t size = 0; size < hello.size(); ++size) {
    CHECK(scan_client_hello(std::string_view(hello).substr(0, size)).kind == Kind::more);
  }
  for (const std::string behind : {"", "x", "\x16\x03\x01", "GET / HTTP/1.1\r\n"}) {
    const ClientHelloScan found = scan_client_hello(hello + behind);
    CHECK(found.kind == Kind::whole);
    CHECK(found.size == hello.size());
  }
}

TEST_CASE("A hello may be spread over records, even its header") {
  const std::string whole = message(1700);
  const std::string_view bytes = whole;
  for (const std::size_t cut : {1UL, 2UL, 3UL, 4UL, 5UL, 1000UL, 1703UL}) {
    const std::string sent = record(bytes.substr(0, cut)) + record(bytes.substr(cut), 22, 3);
    const ClientHelloScan found = scan_client_hello(sent + "more");
    CHECK(found.kind == Kind::whole);
    CHECK(found.size == sent.size());
    CHECK(scan_client_hello(std::string_view(sent).substr(0, sent.size() - 1)).kind == Kind::more);
  }
}

TEST_CASE("Everything else is something else, as soon as that can be told") {
  CHECK(scan_client_hello("G").kind == Kind::other);
  CHECK(scan_client_hello("SSH-2.0-x\r\n").kind == Kind::other);
  CHECK(scan_client_hello(std::string("\x80\x2e\x01\x03\x01", 5)).kind == Kind::other);  // of SSL 2
  CHECK(scan_client_hello(std::string("\x16\x02", 2)).kind == Kind::other);
  CHECK(scan_client_hello(std::string("\x16\x03\x05", 3)).kind == Kind::other);
  CHECK(scan_client_hello(record(message(10), 21)).kind == Kind::other);    // an alert
  CHECK(scan_client_hello(record(message(10), 23)).kind == Kind::other);    // data
  CHECK(scan_client_hello(record(message(10, 2))).kind == Kind::other);     // a ServerHello
  CHECK(scan_client_hello(record({})).kind == Kind::other);                 // an empty record
  CHECK(scan_client_hello(record(message(10) + "x")).kind == Kind::other);  // shares its record
  CHECK(scan_client_hello(record("\x01") + record("\x01", 23)).kind == Kind::other);
}

TEST_CASE("A hello above the limit is something else") {
  const auto spread = [](std::size_t body) {
    const std::string bytes = message(body);
    return record(std::string_view(bytes).substr(0, 8192)) + record(std::string_view(bytes).substr(8192));
  };
  constexpr std::size_t headers = 2 * 5 + 4;
  CHECK(scan_client_hello(spread(largest_client_hello - headers)).kind == Kind::whole);
  CHECK(scan_client_hello(spread(largest_client_hello - headers + 1)).kind == Kind::other);
  CHECK(scan_client_hello(record(std::string("\x01\xff\xff\xff", 4))).kind == Kind::other);
  CHECK(scan_client_hello(std::string("\x16\x03\x01\x40\x01", 5)).kind == Kind::other);  // a record too long
}

}  // namespace
}  // namespace aluvia::net
