// An HTTP server on loopback that does what a test tells it, byte by byte: the API at its worst.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace aluvia::api::testing {

class MisbehavingApi {
 public:
  /// One accepted connection, on a thread of its own. Everything ends when the server is destroyed.
  class Peer {
   public:
    /// The next request, its head with the blank line and its body; nothing when the client has closed.
    std::optional<std::string> read_request();
    /// False when the client is gone.
    bool send(std::string_view bytes);
    /// Waits until the client closes.
    void wait_for_close();
    int index() const { return index_; }  ///< 0 for the first connection

   private:
    friend class MisbehavingApi;
    Peer(MisbehavingApi& server, int socket, int index) : server_(server), socket_(socket), index_(index) {}
    MisbehavingApi& server_;
    int socket_;
    int index_;
    std::string received_;
  };
  using Script = std::function<void(Peer&)>;

  /// `host` is 127.0.0.1 or ::1. The connection is closed when `script` returns.
  explicit MisbehavingApi(Script script, const std::string& host = "127.0.0.1");
  ~MisbehavingApi();
  MisbehavingApi(const MisbehavingApi&) = delete;
  MisbehavingApi& operator=(const MisbehavingApi&) = delete;

  bool listening() const { return listener_ >= 0; }
  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const;
  std::vector<std::string> requests() const;

 private:
  void accept_all();

  Script script_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  bool closing_ = false;
  std::vector<int> sockets_;
  std::vector<std::thread> peers_;
  std::vector<std::string> requests_;
  std::thread acceptor_;
};

/// A response with a Content-Length; `fields` are lines that end with CRLF.
std::string response(std::string_view status, std::string_view fields, std::string_view body);

/// Answers every request of every connection with the same bytes.
MisbehavingApi::Script always(std::string bytes);

/// A listening socket whose queue is full: connecting to it hangs.
class FullBacklog {
 public:
  FullBacklog();
  ~FullBacklog();
  FullBacklog(const FullBacklog&) = delete;
  FullBacklog& operator=(const FullBacklog&) = delete;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  std::vector<int> sockets_;
  std::uint16_t port_ = 0;
};

}  // namespace aluvia::api::testing
