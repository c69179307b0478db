#include "control/poll_schedule.hpp"

#include <algorithm>

namespace aluvia::control {

using std::chrono::milliseconds;

int PollSchedule::stretch(PollOutcome outcome) {
  failures_ = outcome == PollOutcome::fine ? 0 : std::min(failures_ + 1, 16);
  if (outcome == PollOutcome::refused) return longest_stretch;
  return failures_ == 0 ? 1 : std::min(1 << (failures_ - 1), longest_stretch);
}

milliseconds PollSchedule::next_wait(PollOutcome outcome, std::optional<std::chrono::seconds> retry_after) {
  const milliseconds base = interval_ * stretch(outcome);
  const milliseconds tenth = base / 10;
  std::uniform_int_distribution<milliseconds::rep> jitter(-tenth.count(), tenth.count());
  const milliseconds wait = base + milliseconds(jitter(random_));
  if (!retry_after) return wait;
  return std::max<milliseconds>(wait, std::min<milliseconds>(*retry_after, longest_retry_after));
}

}  // namespace aluvia::control
