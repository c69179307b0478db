#include "agent/learned_store.hpp"

#include "control/store/private_file.hpp"
#include "learn/learned_file.hpp"

#include <cstdio>
#include <utility>

namespace aluvia::agent {

Result<std::vector<learn::HostState>, std::string> LearnedStore::load() const {
  const auto text = control::read_private_file(path_, learn::longest_learned_file);
  if (!text) return Err{text.error()};
  if (!*text) return std::vector<learn::HostState>();
  auto hosts = learn::parse_learned_text(**text);
  if (hosts) return std::move(*hosts);
  const std::string aside = path_ + ".damaged";
  const bool is_moved = std::rename(path_.c_str(), aside.c_str()) == 0;
  logger_.warn({"learned_file_damaged", {{"file", path_}, {"error", hosts.error()}}},
               "{} {}: it {}, and AUTO begins without learned hosts", printable(path_), hosts.error(),
               is_moved ? "was moved to " + printable(aside) : "is left out");
  return std::vector<learn::HostState>();
}

void LearnedStore::save(const std::vector<learn::HostState>& hosts) {
  const auto saved = control::replace_private_file(path_, learn::learned_text(hosts));
  if (!saved && !is_failing_) {
    logger_.warn({"learned_file_failed", {{"error", saved.error()}}},
                 "cannot keep the learned hosts over a restart: {}", saved.error());
  }
  is_failing_ = !saved;
}

}  // namespace aluvia::agent
