#include "base/line_limit.hpp"

#include <utility>

namespace aluvia {

bool LineLimit::allows(std::string_view event, std::string_view kind, Time now) {
  auto place = windows_.find(kind);
  if (place == windows_.end()) place = windows_.emplace(kind, Window{now, std::string(event)}).first;
  Window& one = place->second;
  if (one.is_over(now)) {
    one.begin = now;
    one.passed = 0;
  }
  if (one.passed == lines) {
    ++one.suppressed;
    return false;
  }
  ++one.passed;
  return true;
}

std::vector<LineLimit::Suppressed> LineLimit::take_due(Time now) {
  std::vector<Suppressed> due;
  std::erase_if(windows_, [&](const auto& one) {
    if (!one.second.is_over(now)) return false;
    if (one.second.suppressed > 0) due.push_back({one.second.event, one.first, one.second.suppressed});
    return true;
  });
  return due;
}

std::vector<LineLimit::Suppressed> LineLimit::take_all() {
  std::vector<Suppressed> all;
  for (auto& [kind, one] : windows_) {
    if (one.suppressed > 0) all.push_back({one.event, kind, std::exchange(one.suppressed, 0)});
  }
  return all;
}

}  // namespace aluvia
