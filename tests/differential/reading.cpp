#include "reading.hpp"

namespace aluvia::differential {

std::string describe(const Reading& reading) {
  if (reading.verdict == Verdict::refused) return "refused";
  if (reading.verdict == Verdict::more) return "unfinished";
  std::string out = reading.start;
  for (const auto& [name, value] : reading.fields) out += " | " + name + "=" + value;
  return out + " | body \"" + reading.body + "\", " + std::to_string(reading.consumed) + " bytes in all";
}

}  // namespace aluvia::differential
