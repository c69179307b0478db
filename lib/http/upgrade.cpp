#include "http/upgrade.hpp"

#include "base/ascii.hpp"
#include "http/list.hpp"

#include <algorithm>

namespace aluvia::http {
namespace {

using namespace detail;

// Limit of protocols in a 101, which names one or a few layered ones. Each is compared with all that were
// offered, so two long lists would cost their product.
constexpr std::size_t most_layers = 16;

bool is_h2c(std::string_view protocol) noexcept {
  return ascii::equals_ignoring_case(protocol, "h2c");
}

bool holds(std::string_view upgrade, bool h2c) noexcept {
  bool found = false;
  for_each_token(upgrade, [&](std::string_view protocol) { found |= is_h2c(protocol) == h2c; });
  return found;
}

struct Protocol {
  explicit Protocol(std::string_view text) noexcept
      : name(text.substr(0, text.find('/'))),
        version(name.size() == text.size() ? std::string_view{} : text.substr(name.size() + 1)) {}

  std::string_view name;
  std::string_view version;
};

bool are_same(Protocol a, Protocol b) noexcept {
  if (!ascii::equals_ignoring_case(a.name, b.name)) return false;
  return a.version.empty() || b.version.empty() || ascii::equals_ignoring_case(a.version, b.version);
}

void append_member(std::string& list, std::string_view member) {
  if (!list.empty()) list.append(", ");
  list.append(member);
}

}  // namespace

std::string forwarded_protocols(std::string_view upgrade) {
  if (!holds(upgrade, true)) return std::string(upgrade);
  std::string kept;
  for_each_token(upgrade, [&kept](std::string_view protocol) {
    if (!is_h2c(protocol)) append_member(kept, protocol);
  });
  return kept;
}

bool asks_for_upgrade(const RequestHead& head) noexcept {
  if (head.minor == 0 || !list_contains(head.fields, "Connection", "upgrade")) return false;
  return std::any_of(head.fields.begin(), head.fields.end(), [](const Field& field) {
    return ascii::equals_ignoring_case(field.name, "Upgrade") && holds(field.value, false);
  });
}

std::string offered_protocols(const RequestHead& head) {
  std::string offered;
  if (!asks_for_upgrade(head)) return offered;
  for (const Field& field : head.fields) {
    if (!ascii::equals_ignoring_case(field.name, "Upgrade")) continue;
    if (const std::string kept = forwarded_protocols(field.value); !kept.empty())
      append_member(offered, kept);
  }
  return offered;
}

bool switches_as_offered(const ResponseHead& switching, std::string_view offered) noexcept {
  const auto is_offered = [offered](std::string_view protocol) {
    bool found = false;
    for_each_token(offered,
                   [&](std::string_view other) { found |= are_same(Protocol(protocol), Protocol(other)); });
    return found;
  };
  std::size_t named = 0;
  bool all_offered = true;
  for (const Field& field : switching.fields) {
    if (!ascii::equals_ignoring_case(field.name, "Upgrade")) continue;
    for_each_token(field.value, [&](std::string_view protocol) {
      all_offered = all_offered && ++named <= most_layers && is_offered(protocol);
    });
  }
  return named > 0 && all_offered;
}

}  // namespace aluvia::http
