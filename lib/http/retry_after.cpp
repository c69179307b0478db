#include "http/retry_after.hpp"

#include "base/ascii.hpp"
#include "base/number.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace aluvia::http {
namespace {

using std::chrono::seconds;

// Longer than any caller waits, and far from overflow.
constexpr seconds longest = std::chrono::hours(24 * 365);

std::optional<int> number(std::string_view digits) {
  const auto value = parse_number<unsigned>(digits);
  return value && std::in_range<int>(*value) ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

std::optional<unsigned> month_of(std::string_view name) {
  constexpr std::array<std::string_view, 12> names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<unsigned>(found - names.begin()) + 1;
}

// IMF-fixdate = day-name "," SP 2DIGIT SP month SP 4DIGIT SP 2DIGIT ":" 2DIGIT ":" 2DIGIT SP "GMT". Not
// strptime: that reads the names in the locale's language.
std::optional<std::chrono::sys_seconds> fixdate(std::string_view t) {
  if (t.size() != 29 || t.substr(3, 2) != ", " || t.substr(25) != " GMT" || t[19] != ':' || t[22] != ':')
    return std::nullopt;
  const auto day = number(t.substr(5, 2)), year = number(t.substr(12, 4)), hour = number(t.substr(17, 2)),
             minute = number(t.substr(20, 2)), second = number(t.substr(23, 2));
  const auto month = month_of(t.substr(8, 3));
  if (!day || !month || !year || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(*month),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         seconds(*second);
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), ascii::is_digit);
}

}  // namespace

std::optional<seconds> parse_retry_after(std::string_view text, std::chrono::system_clock::time_point now) {
  text = ascii::trim(text);
  if (all_digits(text)) {
    const auto value = number(text);
    return std::min(value ? seconds(*value) : longest, longest);
  }
  const auto date = fixdate(text);
  if (!date) return std::nullopt;
  // In whole seconds, rounded up: in the clock's nanoseconds the years from 2262 on overflow.
  const auto wait = *date - std::chrono::floor<seconds>(now);
  return std::clamp<seconds>(wait, seconds(0), longest);
}

}  // namespace aluvia::http
