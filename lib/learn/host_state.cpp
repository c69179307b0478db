#include "learn/host_state.hpp"

#include <algorithm>

namespace aluvia::learn {

std::string_view name(HostState::State state) noexcept {
  static constexpr std::array<std::string_view, 3> names{"learned", "suggested", "retried"};
  return names[static_cast<std::size_t>(state)];
}

bool is_public_name(std::string_view host) noexcept {
  static constexpr auto local = std::to_array<std::string_view>(
      {".local", ".localhost", ".internal", ".intranet", ".lan", ".home", ".corp", ".home.arpa"});
  const auto ends_host = [host](std::string_view suffix) { return host.ends_with(suffix); };
  const bool is_rule_of_a_host = !host.starts_with('-') && host.find('.') != std::string_view::npos;
  return is_rule_of_a_host && std::ranges::none_of(local, ends_host);
}

}  // namespace aluvia::learn
