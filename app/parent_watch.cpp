#include "parent_watch.hpp"

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

// No event tells portably that the parent has gone: PR_SET_PDEATHSIG follows the thread that started this
// process, not its process.
constexpr int interval_ms = 1000;

int make_event() {
  const int event = ::eventfd(0, EFD_CLOEXEC);
  if (event < 0) throw std::system_error(errno, std::generic_category(), "cannot watch the parent process");
  return event;
}

}  // namespace

ParentWatch::ParentWatch(int stdin, const Logger& logger)
    : parent_(::getppid()), logger_(logger), end_(make_event()), thread_([this, stdin] { watch(stdin); }) {}

ParentWatch::~ParentWatch() {
  ::eventfd_write(end_.number(), 1);
  thread_.join();
}

void ParentWatch::watch(int stdin) const {
  const auto stop = [this](std::string_view reason) {
    logger_.info({"parent_ended", {{"reason", reason}}}, "stopping: {}", reason);
    ::kill(::getpid(), SIGTERM);
  };
  for (;;) {
    // A negative descriptor is skipped. POLLRDHUP is the end of a socket, POLLHUP that of a pipe.
    std::array<pollfd, 2> sources{pollfd{end_.number(), POLLIN, 0}, pollfd{stdin, POLLRDHUP, 0}};
    ::poll(sources.data(), sources.size(), interval_ms);
    if (sources[0].revents != 0) return;
    if (sources[1].revents != 0)
      return stop("stdin has ended, and with it the program that started this proxy");
    if (::getppid() != parent_) return stop("the process that started this proxy has ended");
  }
}

int stdin_of_parent() noexcept {
  struct stat about {};
  const bool is_known = ::fstat(STDIN_FILENO, &about) == 0;
  return is_known && (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode)) ? STDIN_FILENO : -1;
}

}  // namespace aluvia::app
