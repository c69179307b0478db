#include "stderr_sink.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

namespace aluvia::app {

// O_NONBLOCK belongs to the open file description, which stderr shares with other processes: a description of our own
// is opened for a pipe or terminal. A socket has MSG_DONTWAIT, and a regular file never waits for a reader.
StderrSink::StderrSink() {
  struct stat status {};
  if (::fstat(2, &status) != 0) return;
  if (S_ISSOCK(status.st_mode)) {
    means_ = Means::send;
  } else if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) {
    const int own = ::open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (own >= 0) {
      descriptor_ = own;
      owned_ = true;
    }
  }
}

StderrSink::~StderrSink() {
  if (owned_) ::close(descriptor_);
}

bool StderrSink::try_write(std::string_view line) noexcept {
  ssize_t put = 0;
  do {
    put = means_ == Means::send ? ::send(descriptor_, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                : ::write(descriptor_, line.data(), line.size());
  } while (put < 0 && errno == EINTR);
  return put >= 0;
}

void StderrSink::write(std::string_view line) noexcept {
  if (const std::uint64_t lost = dropped_.exchange(0); lost > 0) {
    char note[80];
    const auto end = fmt::format_to_n(note, sizeof note, "({} log lines were dropped: nobody read them)\n", lost).out;
    if (!try_write({note, static_cast<std::size_t>(end - note)})) {
      dropped_ += lost + 1;
      return;
    }
  }
  if (!try_write(line)) ++dropped_;
}

}  // namespace aluvia::app
