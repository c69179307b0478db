#include "client.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace aluvia::sandbox::test {

struct Client::Tls {
  ~Tls() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = nullptr;
};

std::string Response::field(std::string_view name) const {
  for (std::size_t at = head.find("\r\n"); at + 2 < head.size(); at = head.find("\r\n", at + 2)) {
    const auto line = std::string_view(head).substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && ascii::equals_ignoring_case(line.substr(0, colon), name)) {
      return std::string(ascii::trim(line.substr(colon + 1)));
    }
  }
  return {};
}

Client::Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  std::signal(SIGPIPE, SIG_IGN);
  timeval limit{10, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
}

Client::~Client() {
  tls_.reset();
  if (socket_ >= 0) ::close(socket_);
}

bool Client::secure(const std::string& name, const std::string& ca_pem) {
  tls_ = std::make_unique<Tls>();
  BIO* memory = BIO_new_mem_buf(ca_pem.data(), static_cast<int>(ca_pem.size()));
  X509* authority = PEM_read_bio_X509(memory, nullptr, nullptr, nullptr);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(tls_->context), authority);
  X509_free(authority);
  BIO_free(memory);
  SSL_CTX_set_verify(tls_->context, SSL_VERIFY_PEER, nullptr);
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(tls_->context), X509_V_FLAG_X509_STRICT);
  tls_->ssl = SSL_new(tls_->context);
  X509_VERIFY_PARAM* wanted = SSL_get0_param(tls_->ssl);
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str()) != 1) {
    SSL_set1_host(tls_->ssl, name.c_str());
    // SSL_set_tlsext_host_name() without its C cast.
    std::string sni = name;
    SSL_ctrl(tls_->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, sni.data());
  }
  SSL_set_fd(tls_->ssl, socket_);
  return SSL_connect(tls_->ssl) == 1;
}

bool Client::tries_to_send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto size = bytes.size();
    const auto count = tls_ ? SSL_write(tls_->ssl, bytes.data(), static_cast<int>(size))
                            : ::send(socket_, bytes.data(), size, MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void Client::sends(std::string_view bytes) {
  if (!tries_to_send(bytes)) throw std::runtime_error("cannot send");
}

void Client::ends_sending() {
  if (tls_) {
    SSL_shutdown(tls_->ssl);
  } else {
    ::shutdown(socket_, SHUT_WR);
  }
}

void Client::resets() {
  const linger now{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(socket_);
  socket_ = -1;
}

bool Client::more() {
  std::array<char, 65536> block{};
  const auto count =
      tls_ ? SSL_read(tls_->ssl, block.data(), block.size()) : ::recv(socket_, block.data(), block.size(), 0);
  if (count < 0 && errno == ECONNRESET) was_reset_ = true;
  if (!tls_ && count < 0 && errno == EAGAIN) throw std::runtime_error("nothing came within ten seconds");
  if (count > 0) buffer_.append(block.data(), static_cast<std::size_t>(count));
  return count > 0;
}

std::string Client::receives(std::size_t count) {
  while (buffer_.size() < count && more()) {
  }
  std::string out = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return out;
}

std::string Client::receives_until(std::string_view mark) {
  while (buffer_.find(mark) == std::string::npos && more()) {
  }
  const auto at = buffer_.find(mark);
  return receives(at == std::string::npos ? buffer_.size() : at + mark.size());
}

std::string Client::receives_rest() {
  while (more()) {
  }
  return receives(buffer_.size());
}

Response Client::receives_response(bool to_head) {
  Response response;
  response.head = receives_until("\r\n\r\n");
  if (response.head.size() < 12) return response;
  std::from_chars(response.head.data() + 9, response.head.data() + 12, response.status);
  const bool bodiless =
      to_head || response.status / 100 == 1 || response.status == 204 || response.status == 304;
  if (bodiless) return response;
  const std::string length = response.field("Content-Length");
  if (!length.empty()) {
    response.body = receives(std::stoul(length));
  } else if (response.field("Transfer-Encoding") == "chunked") {
    response.body = receives_until("0\r\n");
    std::string line;
    do {
      line = receives_until("\r\n");
      response.body += line;
    } while (line.size() > 2);
  } else if (response.status != 200 || response.field("Connection") == "close") {
    response.body = receives_rest();
  }
  return response;
}

std::string pattern(std::size_t count) {
  std::string out(count, '\0');
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<char>('a' + i % 26);
  return out;
}

}  // namespace aluvia::sandbox::test
