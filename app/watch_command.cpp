#include "watch_command.hpp"

#include "standard_streams.hpp"

#include <chrono>
#include <utility>

#include <unistd.h>

namespace aluvia::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds interval{1000};

// Waits until the next turn is due. A resize and a key end the wait early.
TerminalScreen::Input next_input(TerminalScreen& screen, Clock::time_point due) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - Clock::now());
  return left.count() > 0 ? screen.wait(left) : TerminalScreen::Input{};
}

}  // namespace

Result<ExitStatus, CommandError> watch(const Render& render, const std::function<void(char)>& on_key) {
  if (!TerminalScreen::is_possible()) {
    auto once = render(terminal_size(STDOUT_FILENO));
    if (!once) return Err{std::move(once.error())};
    return print(*once);
  }
  TerminalScreen screen;
  for (;;) {
    const Clock::time_point due = Clock::now() + interval;
    auto view = render(terminal_size(STDOUT_FILENO));
    if (!view) return Err{std::move(view.error())};
    if (!screen.show(*view)) return cannot_print;
    const TerminalScreen::Input input = next_input(screen, due);
    if (input.is_over || input.key == 'q' || input.key == 'Q') return success;
    if (input.key != 0 && on_key) on_key(input.key);
  }
}

}  // namespace aluvia::app
