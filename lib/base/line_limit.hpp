// Limits log lines of one kind to ten in ten seconds, so that a peer that causes them at will can neither
// fill the disk nor hide other lines. Pure: the caller passes the time and writes the lines.
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

  static constexpr std::size_t lines = 10;           ///< of one kind in each window
  static constexpr std::chrono::seconds window{10};  ///< begins with the first line

  struct Suppressed {
    std::string event;
    std::string kind;
    std::uint64_t lines = 0;
  };

  /// Returns true if one more line of `kind` may be written now. A suppressed line is counted. All lines of
  /// one kind are about the same `event`.
  bool allows(std::string_view event, std::string_view kind, Time now);

  /// Returns the counts of suppressed lines of all windows that have ended, each count once.
  std::vector<Suppressed> take_due(Time now);
  /// As take_due(), for windows that have not ended, too.
  std::vector<Suppressed> take_all();

 private:
  struct Window {
    Time begin{};
    std::string event;
    std::size_t passed = 0;
    std::uint64_t suppressed = 0;

    // If the clock was set back, the window ends at once instead of lasting until the old time.
    bool is_over(Time now) const { return now < begin || now - begin >= window; }
  };

  std::map<std::string, Window, std::less<>> windows_;  // take_due() removes those that have ended
};

}  // namespace aluvia
