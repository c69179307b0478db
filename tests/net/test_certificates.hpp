// Makes certificates, and a TLS server's end for a stream, so that a test can be a good or a bad gateway. No
// file is written: the trusted certificate is in memory under a path of /proc.
#pragma once

#include "loop/loop_fixture.hpp"
#include "net/stream.hpp"

#include <memory>
#include <string>

#include <catch2/catch.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/mman.h>
#include <unistd.h>

namespace aluvia::test {

struct OpenSslDeleter {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const noexcept { X509_EXTENSION_free(extension); }
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
template <class T>
using OpenSslHandle = std::unique_ptr<T, OpenSslDeleter>;

struct CertificateOptions {
  std::string names = "DNS:gateway.test";  ///< subjectAltName as openssl.cnf writes it, e.g. "IP:127.0.0.1"
  long valid_from = -3600;                 ///< seconds from now
  long valid_until = 3600;                 ///< seconds from now
};

/// A key and its self-signed certificate, which is its own authority.
class Certificate {
 public:
  explicit Certificate(const CertificateOptions& options = {})
      : key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")), certificate_(X509_new()) {
    X509* const made = certificate_.get();
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
    X509_gmtime_adj(X509_getm_notBefore(made), options.valid_from);
    X509_gmtime_adj(X509_getm_notAfter(made), options.valid_until);
    X509_NAME* const name = X509_get_subject_name(made);
    const std::string common = "aluvia test";
    X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, text_of(common), -1, -1, 0);
    X509_set_issuer_name(made, name);
    X509_set_pubkey(made, key_.get());
    add_extension(NID_basic_constraints, "critical,CA:TRUE");
    add_extension(NID_subject_alt_name, options.names);
    REQUIRE(X509_sign(made, key_.get(), EVP_sha256()) > 0);
  }

  std::string pem() const {
    const OpenSslHandle<BIO> memory(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(memory.get(), certificate_.get());
    char* start = nullptr;
    const long size = BIO_ctrl(memory.get(), BIO_CTRL_INFO, 0, &start);
    return std::string(start, static_cast<std::size_t>(size));
  }

  EVP_PKEY* key() const noexcept { return key_.get(); }
  X509* x509() const noexcept { return certificate_.get(); }

 private:
  static const unsigned char* text_of(const std::string& text) {
    return static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
  }
  void add_extension(int kind, const std::string& value) {
    const OpenSslHandle<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
    REQUIRE(extension);
    X509_add_ext(certificate_.get(), extension.get(), -1);
  }

  OpenSslHandle<EVP_PKEY> key_;
  OpenSslHandle<X509> certificate_;
};

/// Text that can be opened by a path as long as this lives, without a file on disk.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& text) : descriptor_(::memfd_create("aluvia-test", MFD_CLOEXEC)) {
    REQUIRE(::write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// The server's side of TLS on an accepted stream.
class TlsServer {
 public:
  explicit TlsServer(const Certificate& certificate, int only_version = 0)
      : context_(SSL_CTX_new(TLS_server_method())) {
    REQUIRE(SSL_CTX_use_certificate(context_.get(), certificate.x509()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context_.get(), certificate.key()) == 1);
    if (only_version == 0) return;
    REQUIRE(SSL_CTX_ctrl(context_.get(), SSL_CTRL_SET_MIN_PROTO_VERSION, only_version, nullptr) == 1);
    REQUIRE(SSL_CTX_ctrl(context_.get(), SSL_CTRL_SET_MAX_PROTO_VERSION, only_version, nullptr) == 1);
  }

  /// Whether the handshake came to its end.
  loop::Task<bool> accept(net::Stream& stream) {
    net::SslHandle made(SSL_new(context_.get()));
    ssl_st* const ssl = made.get();
    SSL_set_fd(ssl, stream.native_handle());
    SSL_set_accept_state(ssl);
    SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    stream.adopt_tls(std::move(made));
    for (;;) {
      ERR_clear_error();
      const int code = SSL_do_handshake(ssl);
      if (code == 1) co_return true;
      const int kind = SSL_get_error(ssl, code);
      if (kind != SSL_ERROR_WANT_READ && kind != SSL_ERROR_WANT_WRITE) co_return false;
      const auto error =
          co_await stream.ready(kind == SSL_ERROR_WANT_READ ? loop::Want::read : loop::Want::write);
      if (error) co_return false;
    }
  }

  SSL_CTX* context() noexcept { return context_.get(); }

 private:
  OpenSslHandle<SSL_CTX> context_;
};

}  // namespace aluvia::test
