// ChangeReport: says in text what an edit has changed, for the command that asked for it.
#pragma once

#include "config/edit.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::admin {

/// Keeps what it needs of the edit, which goes to another thread: an edit may have 100,000 rules.
class ChangeReport {
 public:
  explicit ChangeReport(const config::Edit& edit);

  /// Returns one or more lines: "Added cart.test (2 rules). In force now." An edit that changed nothing says
  /// so.
  std::string text(const config::ChangedConfig& changed) const;

 private:
  using Config = config::UserNetworkConfig;
  enum class Kind { add, remove, set, clear, geo, session, new_session };

  void note_rules(Kind kind, const std::vector<std::string>& rules, bool is_local);
  std::string names(std::size_t number, const std::vector<std::string>* except) const;
  std::string added(const Config& before, const Config& now) const;
  std::string removed(const Config& before, const Config& now) const;
  std::string set(const Config& before, const Config& now) const;
  std::string cleared(const config::ChangedConfig& changed) const;
  std::string geo(const Config& before, const Config& now) const;
  std::string session(const Config& before, const Config& now) const;

  Kind kind_ = Kind::set;
  bool is_local_ = false;
  std::vector<std::string> first_rules_;  // a few, for the text
  std::size_t number_of_rules_ = 0;
};

/// Says what a refresh has brought. `before` is the version of the configuration before it.
std::string refreshed_text(std::uint64_t before, const config::UserNetworkConfig& now);

}  // namespace aluvia::admin
