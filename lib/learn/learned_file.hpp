// Reads and writes the text of the file that keeps learned hosts: JSON, without I/O.
//
//   {"version": 1, "hosts": [{"host": "…", "state": "learned", "evidence": "…", "since": 1764528000, "end":
//   …}]}
//
// Times are seconds since 1970.
#pragma once

#include "base/result.hpp"
#include "learn/host_state.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::learn {

/// Bytes; a thousand hosts have at most half of it.
inline constexpr std::size_t longest_learned_file = 1 << 20;

std::string learned_text(const std::vector<HostState>& hosts);

/// The error is a phrase, such as "is damaged". Rejects the whole text for one wrong member: a proxy wrote
/// it.
Result<std::vector<HostState>, std::string> parse_learned_text(std::string_view text);

}  // namespace aluvia::learn
