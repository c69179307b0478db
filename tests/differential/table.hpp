// Reads the files beside it: messages, and known disagreements with their reasons.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace aluvia::differential {

/// Lines of "name: message", where \r \n \t \\ and \xHH in a message are the bytes; '#' begins a comment
/// line.
std::vector<std::pair<std::string, std::string>> read_messages(const std::string& path);

struct Known {
  std::string who;  ///< "we reject", "they reject" or "we read differently"
  std::string reason;
};

/// Lines of names, under lines of "[who] reason".
std::map<std::string, Known> read_disagreements(const std::string& path);

}  // namespace aluvia::differential
