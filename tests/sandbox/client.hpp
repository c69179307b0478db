// A client for the tests of this folder: blocking sockets, TLS verified against the sandbox's CA, every wait
// limited to ten seconds. It knows HTTP only as far as finding the end of a response.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace aluvia::sandbox::test {

struct Response {
  int status = 0;
  std::string head;  ///< status line and fields, with the blank line
  std::string body;  ///< as received; chunks are left in

  bool has(std::string_view text) const { return (head + body).find(text) != std::string::npos; }
  std::string field(std::string_view name) const;
};

class Client {
 public:
  explicit Client(std::uint16_t port);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// TLS from here on, the server's certificate verified for `name`: a host name, or an address. Says whether
  /// it is.
  bool secure(const std::string& name, const std::string& ca_pem);

  void sends(std::string_view bytes);
  /// Returns true if all of it was written.
  bool tries_to_send(std::string_view bytes);
  void ends_sending();
  /// RST instead of FIN.
  void resets();

  /// Exactly so many bytes; fewer where the server ended.
  std::string receives(std::size_t count);
  /// Everything up to and with `mark`.
  std::string receives_until(std::string_view mark);
  std::string receives_rest();
  /// Head and body of one answer; 1xx answers are answers of their own.
  Response receives_response(bool to_head = false);
  /// Sends and receives.
  Response asks(std::string_view request) {
    sends(request);
    return receives_response();
  }

  bool was_reset() const noexcept { return was_reset_; }

 private:
  struct Tls;
  bool more();

  int socket_;
  std::unique_ptr<Tls> tls_;
  std::string buffer_;
  bool was_reset_ = false;
};

/// The letters that /bytes/N consists of.
std::string pattern(std::size_t count);

}  // namespace aluvia::sandbox::test
