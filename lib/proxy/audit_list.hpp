// AuditList: the hosts that an allow-list in audit mode has let through, each logged when it is first seen.
#pragma once

#include "base/logger.hpp"
#include "http/authority.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace aluvia::proxy {

/// Loop thread only.
class AuditList {
 public:
  /// Hosts that are kept and logged; clients choose them, so there is a limit.
  static constexpr std::size_t most = 1024;

  /// Every line counts, because it is part of a list to paste: no limit of repeated lines holds for them.
  explicit AuditList(const Logger& logger) : logger_(logger.without_limit()) {}

  void note(const http::Authority& authority);

  /// Returns what was noted, sorted.
  std::vector<http::Authority> hosts() const;

 private:
  struct Before {
    bool operator()(const http::Authority& a, const http::Authority& b) const noexcept;
  };

  Logger logger_;
  std::set<http::Authority, Before> hosts_;
};

/// Returns the pattern that allows a host: without the port where it is 80 or 443.
std::string allowing_pattern(const http::Authority& authority);

}  // namespace aluvia::proxy
