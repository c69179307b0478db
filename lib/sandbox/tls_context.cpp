#include "sandbox/tls_context.hpp"

namespace aluvia::sandbox {
namespace {

TlsContext make_context() {
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // A FIN without close_notify counts as the end: many clients close like that.
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  return context;
}

int show_certificate(SSL* ssl, void* argument) {
  auto* authority = static_cast<CertificateAuthority*>(argument);
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  X509* leaf = name ? authority->for_name(name) : authority->service();
  return SSL_use_certificate(ssl, leaf) == 1 && SSL_use_PrivateKey(ssl, authority->leaf_key()) == 1 ? 1 : 0;
}

}  // namespace

TlsContext make_service_tls(CertificateAuthority& authority) {
  TlsContext context = make_context();
  SSL_CTX_use_certificate(context.get(), authority.service());
  SSL_CTX_use_PrivateKey(context.get(), authority.leaf_key());
  return context;
}

TlsContext make_origin_tls(CertificateAuthority& authority) {
  TlsContext context = make_context();
  SSL_CTX_set_cert_cb(context.get(), show_certificate, &authority);
  return context;
}

}  // namespace aluvia::sandbox
