// How many log lines of one kind may pass in a while: what a peer can cause as often as it likes must neither
// fill a disk nor bury what matters. Pure: the time is handed in, and what becomes of a line is the caller's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia {

class LineLimit {
 public:
  using Time = std::chrono::system_clock::time_point;

  static constexpr std::size_t lines = 10;           ///< of one kind…
  static constexpr std::chrono::seconds window{10};  ///< …in so long, counted from the first of them

  struct LeftOut {
    std::string kind;
    std::uint64_t lines = 0;
  };

  /// Whether one more line of `kind` may pass now; one that may not is counted.
  bool admits(std::string_view kind, Time now);

  /// What was left out of windows that are over, each told once.
  std::vector<LeftOut> take_due(Time now);
  /// The same of all, also of those that still run.
  std::vector<LeftOut> take_all();

 private:
  struct Window {
    Time begin{};
    std::size_t passed = 0;
    std::uint64_t left_out = 0;

    // A clock that was set back must not keep a window open for as long.
    bool is_over(Time now) const { return now < begin || now - begin >= window; }
  };

  std::map<std::string, Window, std::less<>> windows_;  // none that is over and has nothing to tell
};

}  // namespace aluvia
