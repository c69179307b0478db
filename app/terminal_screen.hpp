// TerminalScreen: the whole terminal for a live view, which is restored at the end, also after a signal.
#pragma once

#include "file_descriptor.hpp"

#include <chrono>
#include <cstddef>
#include <string>

#include <termios.h>

namespace aluvia::app {

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

/// Returns the size of the terminal on `descriptor`, at least 40 × 10; 80 × 24 where there is none.
TerminalSize terminal_size(int descriptor);

/// Takes stdin and stdout, which must be terminals. One at a time. Blocks the signals that end, stop or
/// resize the process, and waits for them together with the keys, so that none can leave the terminal behind
/// as it is not: without echo and cursor.
class TerminalScreen {
 public:
  TerminalScreen();
  ~TerminalScreen();
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;

  static bool is_possible();

  /// Shows `text`, whose lines have line feeds, from the top left corner; cuts it at the bottom. Returns
  /// false if the terminal has gone.
  bool show(const std::string& text);

  struct Input {
    char key = 0;          ///< 0: none
    bool is_over = false;  ///< a signal that ends, or the end of stdin
    int signal = 0;        ///< the one that ends; 0: none
  };
  /// Waits for a key or signal, at most `time`. Stops the process for SIGTSTP and goes on after SIGCONT.
  Input wait(std::chrono::milliseconds time);

 private:
  void enter();
  void leave() noexcept;
  Input take_signal();

  termios before_{};
  FileDescriptor signals_;
};

}  // namespace aluvia::app
