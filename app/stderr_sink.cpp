#include "stderr_sink.hpp"

#include "base/posix.hpp"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aluvia::app {

StderrSink::StderrSink(LogFormat format, int descriptor)
    : descriptor_(descriptor),
      about_itself_(Logger(
                        LogLevel::info, format, [this](std::string_view line) { told_ = put(line); },
                        &std::chrono::system_clock::now)
                        .without_limit()) {  // most writes of its line fail while stderr is not read
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) return;
  if (S_ISSOCK(status.st_mode)) means_ = Means::send;
  if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) open_own_description();
}

StderrSink::~StderrSink() {
  if (owned_) ::close(descriptor_);
}

// Opens a pipe or terminal again, because O_NONBLOCK belongs to the open file description, which stderr
// shares with other processes. A socket has MSG_DONTWAIT, and a regular file never waits for a reader. If
// opening fails (no /proc, another user's terminal), poll() before each write is nearly as good.
void StderrSink::open_own_description() {
  const std::string path = "/proc/self/fd/" + std::to_string(descriptor_);
  const int own = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  owned_ = own >= 0;
  if (owned_) descriptor_ = own;
  if (!owned_) means_ = Means::write_when_ready;
}

std::int64_t StderrSink::put_some(std::string_view text) noexcept {
  if (means_ == Means::send)
    return ::send(descriptor_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  pollfd ready{descriptor_, POLLOUT, 0};
  if (means_ == Means::write_when_ready && ::poll(&ready, 1, 0) != 1) return -1;
  return ::write(descriptor_, text.data(), text.size());
}

bool StderrSink::put(std::string_view text) noexcept {
  const std::int64_t written = retry_on_eintr([&] { return put_some(text); });
  if (written == static_cast<std::int64_t>(text.size())) return true;
  cut_ = cut_ || written > 0;
  return false;
}

// Completes a cut line and reports dropped ones. Returns true if the next line may follow.
bool StderrSink::make_up() noexcept {
  if (cut_ && !put("\n")) return false;
  cut_ = false;
  if (dropped_ == 0) return true;
  told_ = false;
  about_itself_.warn({"lines_dropped", {{"lines", dropped_}}}, "{} dropped: stderr was not read",
                     dropped_ == 1 ? "1 log line was" : fmt::format("{} log lines were", dropped_));
  if (told_) dropped_ = 0;
  return told_;
}

bool StderrSink::offer(std::string_view line) noexcept {
  const std::lock_guard lock(mutex_);
  return make_up() && put(line);
}

void StderrSink::write(std::string_view line) noexcept {
  const std::lock_guard lock(mutex_);
  if (!make_up() || !put(line)) ++dropped_;
}

}  // namespace aluvia::app
