// Bytes from one socket to another: copied through the loop's buffer while reads are small, spliced through a
// pipe while they are large. Knows no protocol and never waits.
#pragma once

#include "relay/pipe_pool.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace aluvia::bench {

// Resources that all directions of one relay share in turn.
struct Shared {
  std::array<char, 64 * 1024> buffer;
  PipePool pipes;
  std::size_t budget;  // bytes that a direction may move before others get their turn
};

// A socket and what edge-triggered epoll has told about it.
struct End {
  Fd fd;
  bool readable = false;
  bool writable = false;
  bool hung_up = false;
};

enum class Progress { waits, used_its_turn, ended, failed };

class Direction {
 public:
  // Bytes that go first.
  void queue(std::string_view bytes) { unsent_.append(bytes); }
  Progress move(End& from, End& to, Shared& shared);
  bool ended() const { return ended_; }

 private:
  enum class Step { moved, waits, end, failed };

  Step flush(End& to, Shared& shared);
  Step send_unsent(End& to);
  Step drain_pipe(End& to, Shared& shared);
  Step fill(End& from, End& to, Shared& shared);
  Step copy(End& from, End& to, Shared& shared);
  Step splice_in(End& from, Shared& shared);

  std::string unsent_;
  std::unique_ptr<Pipe> pipe_;
  std::size_t in_pipe_ = 0;
  std::size_t last_ = 0;
  bool input_over_ = false;
  bool ended_ = false;
};

}  // namespace aluvia::bench
