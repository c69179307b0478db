#include "terminal_screen.hpp"

#include "base/posix.hpp"

#include <algorithm>
#include <csignal>
#include <string_view>

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

// Alternate screen, cursor, and line wrap of xterm, which every terminal of today knows (XTerm Control
// Sequences, DECSET 1049, 25 and 7).
constexpr std::string_view enter_text = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J";
constexpr std::string_view leave_text = "\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr std::string_view clear_line = "\x1b[2K";
constexpr std::string_view clear_to_screen_end = "\x1b[J";

bool write_all(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = retry_on_eintr([&] { return ::write(STDOUT_FILENO, text.data(), text.size()); });
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

sigset_t watched_signals() {
  sigset_t out;
  sigemptyset(&out);
  for (const int one : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH}) sigaddset(&out, one);
  return out;
}

}  // namespace

TerminalSize terminal_size(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {std::max<std::size_t>(size.ws_col, 40), std::max<std::size_t>(size.ws_row, 10)};
}

TerminalScreen::TerminalScreen()
    : signals_([] {
        const sigset_t watched = watched_signals();
        ::sigprocmask(SIG_BLOCK, &watched, nullptr);
        return ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
      }()) {
  ::tcgetattr(STDIN_FILENO, &before_);
  enter();
}

TerminalScreen::~TerminalScreen() {
  leave();
  const sigset_t watched = watched_signals();
  ::sigprocmask(SIG_UNBLOCK, &watched, nullptr);
}

bool TerminalScreen::is_possible() {
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
}

// Keys come one by one and without echo; Ctrl-C and Ctrl-Z stay signals.
void TerminalScreen::enter() {
  termios raw = before_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  write_all(enter_text);
}

void TerminalScreen::leave() noexcept {
  write_all(leave_text);
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

// Overwrites the lines in place: a screen that is cleared first flickers. Each line is cleared before it is
// written, because after a line of full width the cursor still stands on its last character.
bool TerminalScreen::show(const std::string& text) {
  const std::size_t rows = terminal_size(STDOUT_FILENO).rows;
  std::string out = "\x1b[H";
  std::string_view rest = text;
  for (std::size_t row = 0; row < rows && !rest.empty(); ++row) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    out.append(clear_line).append(line);
    if (row + 1 < rows) out += "\r\n";
  }
  return write_all(out.append(clear_to_screen_end));
}

TerminalScreen::Input TerminalScreen::wait(std::chrono::milliseconds time) {
  pollfd files[] = {{STDIN_FILENO, POLLIN, 0}, {signals_.number(), POLLIN, 0}};
  if (::poll(files, 2, static_cast<int>(time.count())) <= 0) return {};
  if (files[1].revents != 0) return take_signal();
  char key = 0;
  const ssize_t got = retry_on_eintr([&] { return ::read(STDIN_FILENO, &key, 1); });
  return got == 1 ? Input{key, false, 0} : Input{0, true, 0};
}

TerminalScreen::Input TerminalScreen::take_signal() {
  signalfd_siginfo info{};
  if (::read(signals_.number(), &info, sizeof info) != sizeof info) return {};
  const int signal = static_cast<int>(info.ssi_signo);
  if (signal == SIGWINCH) return {};
  if (signal != SIGTSTP) return {0, true, signal};
  leave();
  ::raise(SIGSTOP);  // SIGTSTP is blocked; returns after SIGCONT
  enter();
  return {};
}

}  // namespace aluvia::app
