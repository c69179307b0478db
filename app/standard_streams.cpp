#include "standard_streams.hpp"

#include "base/posix.hpp"
#include "base/visible.hpp"
#include "terminal_style.hpp"
#include "wrapped_text.hpp"

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

constexpr int patience_ms = 200;

bool write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = retry_on_eintr([&] { return ::write(descriptor, text.data(), text.size()); });
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // another process made the shared description non-blocking
      pollfd ready{descriptor, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

void fill_closed_streams() noexcept {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free descriptor is taken, which is this one.
    if (::open("/dev/null", descriptor == STDOUT_FILENO ? O_RDONLY : O_RDWR) < 0) return;
  }
}

int write_output(std::string_view text) noexcept {
  return write_all(STDOUT_FILENO, text) ? 0 : errno;
}

ExitStatus print(std::string_view text) {
  if (write_all(STDOUT_FILENO, text)) return success;
  return complain(cannot_print,
                  fmt::format("cannot write to stdout: {}", std::generic_category().message(errno)));
}

ExitStatus print_help(std::string_view text) {
  return print(TerminalStyle::of(STDOUT_FILENO).help(text));
}

void print_error(std::string_view line) noexcept {
  pollfd ready{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&ready, 1, patience_ms) == 1) (void)!::write(STDERR_FILENO, line.data(), line.size());
}

ExitStatus complain(ExitStatus status, std::string_view message) {
  // Escapes line ends and control characters, which a path or a text of the API or a library may contain.
  const Tone tone = status == success ? Tone::warning : Tone::error;
  static constexpr std::string_view name = "aluvia-connect:";
  std::string text = visible(message);
  if (const auto width = text_width(STDERR_FILENO)) text = wrapped(text, name.size() + 1, 2, *width);
  print_error(fmt::format("{} {}\n", TerminalStyle::of(STDERR_FILENO).paint(tone, name), text));
  return status;
}

}  // namespace aluvia::app
