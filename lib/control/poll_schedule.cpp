#include "control/poll_schedule.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::control {

using std::chrono::milliseconds;

milliseconds PollSchedule::between(milliseconds low, milliseconds high) {
  std::uniform_int_distribution<milliseconds::rep> any(low.count(), high.count());
  return milliseconds(any(random_));
}

milliseconds PollSchedule::usual_wait(bool is_first) {
  const milliseconds tenth = interval_ / 10;
  return between(is_first ? tenth : interval_ - tenth, interval_ + tenth);
}

milliseconds PollSchedule::base_wait(PollOutcome outcome) {
  failures_ = outcome == PollOutcome::fine ? 0 : std::min(failures_ + 1, 16);
  const bool is_first = !std::exchange(waited_, true);
  const bool stretched = outcome == PollOutcome::refused || failures_ > 1;
  if (!stretched || interval_ >= longest_) return usual_wait(is_first);
  const milliseconds doubled =
      outcome == PollOutcome::refused ? longest_ : interval_ * (1 << (failures_ - 1));
  const milliseconds base = std::min(doubled, longest_);
  return between(base - base / 4, base);
}

milliseconds PollSchedule::next_wait(PollOutcome outcome, std::optional<std::chrono::seconds> retry_after,
                                     milliseconds most) {
  const milliseconds wait = base_wait(outcome);
  if (!retry_after) return std::min(wait, most);
  const milliseconds asked = std::min<milliseconds>(*retry_after, longest_retry_after);
  const milliseconds least = std::min(std::max(wait, asked), most);
  return least + between(milliseconds::zero(), std::min(std::max(spread_, asked / 4), most - least));
}

}  // namespace aluvia::control
