#include "proxy/audit_list.hpp"

#include <tuple>

namespace aluvia::proxy {

void AuditList::note(const http::Authority& authority) {
  if (hosts_.size() >= most || !hosts_.insert(authority).second) return;
  const std::string pattern = allowing_pattern(authority);
  logger_.info({"policy_audit", {{"host", authority.host}, {"port", authority.port}, {"pattern", pattern}}},
               "outside the allow-list, which would need: only = {}", pattern);
}

std::vector<http::Authority> AuditList::hosts() const {
  return {hosts_.begin(), hosts_.end()};
}

bool AuditList::Before::operator()(const http::Authority& a, const http::Authority& b) const noexcept {
  return std::tie(a.host, a.port) < std::tie(b.host, b.port);
}

std::string allowing_pattern(const http::Authority& authority) {
  const bool is_usual = authority.port == 80 || authority.port == 443;
  return is_usual ? authority.host : authority.text();
}

}  // namespace aluvia::proxy
