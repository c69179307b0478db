// Client for the tests of this folder: blocking sockets, TLS verified against the sandbox's CA, every wait
// limited to ten seconds. Parses HTTP only to find the end of a response.
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

  /// Begins TLS and verifies the server's certificate for `name`, a host name or an address. Returns true if
  /// it is valid.
  bool secure(const std::string& name, const std::string& ca_pem);

  void sends(std::string_view bytes);
  /// Returns true if all of it was written.
  bool tries_to_send(std::string_view bytes);
  void ends_sending();
  /// Closes with RST instead of FIN.
  void resets();

  /// Reads exactly `count` bytes; fewer if the server ends.
  std::string receives(std::size_t count);
  /// Reads up to and including `mark`.
  std::string receives_until(std::string_view mark);
  std::string receives_rest();
  /// Reads head and body of one response; a 1xx is a response of its own.
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

/// Returns the letters of /bytes/N.
std::string pattern(std::size_t count);

}  // namespace aluvia::sandbox::test
