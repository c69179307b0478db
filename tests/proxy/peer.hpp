// One end of a connection as a test plays it, and a listening socket whose connections are played likewise:
// blocking sockets, so that a test reads like a screenplay. Every wait ends at a guard: a bug fails instead
// of hanging. Knows nothing of what is tested.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::test {

/// A message with its body, as far as a Content-Length says.
struct Message {
  std::string head;  ///< with the blank line
  std::string body;
  int status = 0;  ///< of a response

  /// Value of the first field called `name` (as it is spelled here), or empty.
  std::string field(std::string_view name) const;
};

/// The bytes up to the end of a connection, and the kind of the end.
struct Ending {
  std::string bytes;
  bool reset = false;  ///< RST instead of an orderly end
};

/// Closing is destruction. Use on the test's thread; could_send() and read_to_end() on any.
class Peer {
 public:
  explicit Peer(int descriptor) : descriptor_(descriptor) {}
  Peer(Peer&& other) noexcept;
  Peer& operator=(Peer&& other) noexcept;
  ~Peer() { closes(); }

  void sends(std::string_view bytes);
  /// False where the connection is gone or takes nothing more before the guard.
  bool could_send(std::string_view bytes);
  /// As much as the kernel takes without waiting; how much that was.
  std::size_t stuffs(std::string_view bytes);
  /// Reads all that is there without waiting, and forgets it; how much that was.
  std::size_t drains();
  /// Bytes that the other end has not acknowledged.
  std::size_t unsent() const;
  /// Bytes that the other end's kernel has acknowledged, also of a connection that was reset.
  std::uint64_t acknowledged() const;
  /// Fills what the kernel keeps for us to read, by writing at the other end, which must belong to this
  /// process: its owner's next write blocks until we read.
  void is_crowded();
  /// True where the other end, which must belong to this process, has read all that we sent.
  bool has_been_read();
  void ends_sending();
  void closes();
  void resets();
  bool is_open() const { return descriptor_ >= 0; }

  /// The next bytes are exactly these.
  void receives(std::string_view expected);
  std::string reads(std::size_t count);
  std::string reads_head();
  Message reads_message();
  /// For any thread: no assertion inside.
  Ending read_to_end();
  /// Nothing more comes, and the end is orderly.
  void sees_end();
  /// Whatever comes, the end is a reset.
  void sees_reset();
  bool has_nothing_to_read();

 private:
  bool fill();  // false: the end
  int other_end() const;

  int descriptor_;
  std::string received_;
};

/// Connects to 127.0.0.1:port; `receive_buffer` other than 0 bounds what the kernel takes in for us.
Peer connect_to(std::uint16_t port, int receive_buffer = 0);

/// Returns true if no socket listens there.
bool refuses(std::uint16_t port);

/// A listening socket on a free port of 127.0.0.1.
class FakeServer {
 public:
  explicit FakeServer(int backlog = 64, int receive_buffer = 0);
  ~FakeServer() { closes(); }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }
  /// The next connection; fails the test when none comes.
  Peer accepts();
  bool has_no_connection();
  void closes();

 private:
  int descriptor_;
  std::uint16_t port_ = 0;
};

/// A listening socket whose queue is full, so that connecting to it hangs.
class FullServer {
 public:
  FullServer();
  /// Fills the queue of a server that is accepted from no more.
  static std::vector<Peer> fill(std::uint16_t port);
  std::uint16_t port() const { return server_.port(); }

 private:
  FakeServer server_{0};
  std::vector<Peer> waiting_;
};

/// How many TCP sockets this process has open.
std::size_t open_sockets();

/// Bytes that show every swap, loss and repetition.
std::string numbered(std::size_t count);

}  // namespace aluvia::test
