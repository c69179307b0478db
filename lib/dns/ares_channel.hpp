// A c-ares channel driven by the loop: its sockets are waited for, its timer is kept. Private to the room.
#pragma once

#include "base/result.hpp"
#include "dns/reply.hpp"
#include "loop/deadline.hpp"

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
  ~AresChannel();  // pending questions end unanswered: their callbacks are not called
  AresChannel(const AresChannel&) = delete;
  AresChannel& operator=(const AresChannel&) = delete;

  /// One more with the same servers and search list, which reads no file.
  Result<std::unique_ptr<AresChannel>, std::string> open_another(loop::Loop& loop) const;

  /// Asks the name servers for one address family. `done` is called once, possibly before ask() returns (a
  /// name that cannot be one). It must not destroy the channel.
  void ask(const std::string& host, Family family, Done done);

  /// No question is open: c-ares has closed its sockets.
  bool is_idle() const noexcept { return open_questions_ == 0; }

 private:
  struct Watch;
  explicit AresChannel(loop::Loop& loop)
      : loop_(loop), timer_(loop.get_executor(), [this] { process(nobody, nobody); }) {}
  static void on_socket_state(void* self, int socket, int readable, int writable);
  void follow(int socket, int readable, int writable);
  struct Question;
  static void on_answer(void* question, int status, int timeouts, unsigned char* reply, int size);
  static void wait(const std::shared_ptr<Watch>& watch, loop::Descriptor::wait_type type);
  void process(int readable, int writable);
  void keep_time();

  static constexpr int nobody = -1;  // ARES_SOCKET_BAD

  loop::Loop& loop_;
  loop::Deadline timer_;  // c-ares's next time-out
  std::map<int, std::shared_ptr<Watch>> watches_;
  ares_channeldata* channel_ = nullptr;
  std::size_t open_questions_ = 0;
};

}  // namespace aluvia::dns
