#include "example_config.hpp"

#include "base/ascii.hpp"
#include "option_table.hpp"
#include "option_text.hpp"
#include "run_options.hpp"
#include "wrapped_text.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace aluvia::app {
namespace {

struct Sample {
  OptionId id;
  std::string_view value;
};

// For options whose default is nothing that a file could hold.
constexpr Sample samples[] = {
    {OptionId::token, "YOUR_TOKEN"},
    {OptionId::token_file, "/etc/aluvia-connect/token"},
    {OptionId::api_ca, "/etc/aluvia-connect/api-ca.pem"},
    {OptionId::connection_id, "1234"},
    {OptionId::config_cache, "/var/cache/aluvia-connect/configuration"},
    {OptionId::state_dir, "/var/lib/aluvia-connect"},
    {OptionId::price, "2.50"},
    {OptionId::block, "@trackers *:25"},
    {OptionId::only, "shop.test *.shop.test"},
    {OptionId::budget, "5GB/day shop.test=1GB/day"},
    {OptionId::port, "54321"},
    {OptionId::proxy_auth, "agent:password"},
    {OptionId::allow_from, "10.0.0.0/8"},
    {OptionId::rule, "*.example.com -cdn.example.com"},
    {OptionId::dns_server, "9.9.9.9,149.112.112.112"},
    {OptionId::gateway_port, "8080"},
    {OptionId::gateway_ca, "/etc/aluvia-connect/gateway-ca.pem"},
    {OptionId::ready_file, "/run/aluvia-connect/ready"},
};

std::string quoted_if_needed(std::string_view value) {
  const bool is_plain = !value.empty() && std::ranges::all_of(value, [](char c) {
    return ascii::is_alnum(c) || std::string_view("./:_-").find(c) != std::string_view::npos;
  });
  return is_plain ? std::string(value) : fmt::format("\"{}\"", value);
}

// A list has its values between brackets.
std::string value_of(const OptionRow& row) {
  const auto* const sample = std::ranges::find(samples, row.id, &Sample::id);
  if (sample == std::end(samples)) return quoted_if_needed(row.fallback());
  if (!row.is_repeatable) return quoted_if_needed(sample->value);
  std::vector<std::string> values;
  for (std::string_view rest = sample->value; !rest.empty();) {
    const std::string_view one = rest.substr(0, rest.find(' '));
    values.push_back(fmt::format("\"{}\"", one));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
  }
  return fmt::format("[{}]", fmt::join(values, ", "));
}

// Breaks a comment into lines that begin with "# ".
std::string comment(std::string_view text) {
  std::string out = "# ";
  for (const char c : wrapped(text, 2, 0)) out += c == '\n' ? std::string("\n# ") : std::string(1, c);
  return out + '\n';
}

}  // namespace

std::string example_config() {
  std::string out;
  std::string group;
  for (OptionText& option : run_option_texts()) {
    const OptionRow& row = *find_option(std::string_view(option.flag).substr(2));
    if (row.id == OptionId::config) continue;  // the file itself
    if (option.group != group) out += fmt::format("\n# ---- {}\n", option.group);
    group = option.group;
    const auto variables = std::exchange(option.variables, {});
    out += '\n' + comment(full_text(option));
    if (!variables.empty()) out += fmt::format("# Environment: {}\n", fmt::join(variables, ", "));
    out += fmt::format("#{} = {}\n", option_name(row.id), value_of(row));
  }
  return out;
}

}  // namespace aluvia::app
