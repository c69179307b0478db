// A c-ares channel on the loop: the reactor watches its sockets, a Deadline keeps its timeout. Private to the
// module.
#pragma once

#include "base/result.hpp"
#include "dns/reply.hpp"
#include "loop/deadline.hpp"
#include "loop/reactor.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct ares_channeldata;

namespace aluvia::dns {

class AresChannel {
 public:
  using Done = std::function<void(DnsAnswer)>;

  static Result<std::unique_ptr<AresChannel>, std::string> open(loop::Loop& loop, const std::string& servers);
  ~AresChannel();  // the callbacks of open questions are not called
  AresChannel(const AresChannel&) = delete;
  AresChannel& operator=(const AresChannel&) = delete;

  /// Opens another channel with the same servers and search list without reading a file.
  Result<std::unique_ptr<AresChannel>, std::string> open_another(loop::Loop& loop) const;

  /// Asks the name servers for one address family. `done` is called once, possibly before ask() returns (a
  /// name that cannot be one). It must not destroy the channel.
  void ask(const std::string& host, Family family, Done done);

  /// No question is open: c-ares has closed its sockets.
  bool is_idle() const noexcept { return open_questions_ == 0; }

 private:
  struct Socket;
  explicit AresChannel(loop::Loop& loop);
  static void on_socket_state(void* self, int descriptor, int readable, int writable);
  void follow(int descriptor, bool readable, bool writable);
  void on_ready(int descriptor, loop::Want want);
  struct Question;
  static void on_answer(void* question, int status, int timeouts, unsigned char* reply, int size);
  void process(int readable, int writable);
  void keep_time();

  static constexpr int no_socket = -1;  // ARES_SOCKET_BAD

  loop::Reactor& reactor_;
  loop::Deadline timeout_;                          // the next one of c-ares
  std::map<int, std::unique_ptr<Socket>> sockets_;  // by descriptor
  ares_channeldata* channel_ = nullptr;
  std::size_t open_questions_ = 0;
};

}  // namespace aluvia::dns
