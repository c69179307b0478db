// Hosts that AUTO has learned, as JSON and as text, and the effect of reports about them.
#pragma once

#include "base/json_writer.hpp"
#include "base/result.hpp"
#include "learn/host_state.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::admin {

struct AutoStatus {
  learn::Mode mode = learn::Mode::off;
  std::size_t learned = 0;    ///< hosts that take the gateway
  std::size_t suggested = 0;  ///< hosts that are only listed
};

/// The effect of a client's report.
struct BlockEffect {
  std::string_view word = "none";  ///< "learned", "suggested" or "none"
  std::string reason{};            ///< a clause for people; empty if this proxy learns no hosts
};

/// The number of forgotten hosts. The error is a sentence.
using ForgetResult = Result<std::size_t, std::string>;

/// Reads {"hosts": ["…"]} or {"all": true}, which is an empty list. The error is a sentence.
Result<std::vector<std::string>, std::string> read_forget(std::string_view body);

/// Writes a list of objects.
void write_learned(JsonWriter& out, std::span<const learn::HostState> hosts);
/// A line for each host: "learned    shop.test  (a client's report; 21 h 3 min left)".
std::string learned_lines(std::span<const learn::HostState> hosts, learn::Time now);

/// "learned 3 h 2 min ago from a client's report".
std::string learned_phrase(const learn::HostState& host, learn::Time now);

/// A clause about the mode: "off", or "learns; 3 learned, 1 suggested". `takes_auto`: AUTO is among the
/// rules.
std::string auto_summary(const AutoStatus& status, bool takes_auto);

}  // namespace aluvia::admin
