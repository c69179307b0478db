// A plain HTTP client with keep-alive, enough for origins and proxies that state a length; it opens a new
// connection when the peer has closed the last one.
#pragma once

#include "load/job.hpp"

#include <array>
#include <optional>

namespace aluvia::bench {

class WebClient {
 public:
  explicit WebClient(Job& job) : job_(job) {}

  // Sends head and then `body` bytes, waits for the whole answer; false on any fault or a status other than
  // 200. A kept connection that turns out to be closed is replaced once, as every client does.
  Async<bool> exchange(const std::string& head, std::size_t body);
  void disconnect() {
    stream_.reset();
    connected_ = false;
  }

 private:
  struct Answer {
    bool silent = true;  // not a byte of it came
    bool good = false;
    bool close = false;
    std::size_t body_left = 0;
  };

  Async<Answer> try_exchange(const std::string& head, std::size_t body);
  Async<bool> send(const std::string& head, std::size_t body);
  Async<Answer> read_head();
  Async<bool> read_body(std::size_t left);

  Job& job_;
  std::optional<Stream> stream_;
  bool connected_ = false;
  std::array<char, 8192> buffer_;
};

}  // namespace aluvia::bench
