#include "effective_options.hpp"

#include "base/json_writer.hpp"
#include "base/visible.hpp"
#include "option_table.hpp"
#include "wrapped_text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace aluvia::app {
namespace {

constexpr std::string_view of_file = " of ";

// "port of /etc/x:3" is the name in an error; the option's own name says nothing here.
std::string source_of(const OptionRow& row, const std::string& name) {
  const std::string prefix = std::string(option_name(row.id)).append(of_file);
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

std::string value_of(const OptionRow& row, const RunOptions& options) {
  std::string text = row.member.text ? row.member.text(row, options) : "";
  if (!text.empty()) return text;
  const auto given = options.given_values.find(row.id);
  return given == options.given_values.end() ? row.fallback()
                                             : fmt::format("{}", fmt::join(given->second, ", "));
}

EffectiveOption effective(const OptionRow& row, const RunOptions& options) {
  EffectiveOption out{std::string(option_name(row.id)), "", "default", row.is_secret, false};
  const auto name = options.names.find(row.id);
  out.is_set = name != options.names.end();
  if (out.is_set) out.source = source_of(row, name->second);
  if (!out.is_set) out.value = row.fallback();
  if (out.is_set && !row.is_secret) out.value = value_of(row, options);
  return out;
}

std::string shown(const EffectiveOption& option) {
  return option.is_secret && option.is_set ? "set (not shown)" : visible(option.value);
}

}  // namespace

std::vector<EffectiveOption> effective_options(const RunOptions& options) {
  std::vector<EffectiveOption> out;
  for (const OptionRow& row : option_table()) out.push_back(effective(row, options));
  return out;
}

// The value comes last: it may be long. Where a terminal has no space for it beside the source, it stands
// below.
std::string effective_text(const std::vector<EffectiveOption>& options, std::optional<std::size_t> width,
                           const TerminalStyle& style) {
  std::size_t name_width = 0;
  std::size_t source_width = 0;
  for (const EffectiveOption& one : options) {
    name_width = std::max(name_width, one.name.size());
    source_width = std::max(source_width, width_of(visible(one.source)));
  }
  if (width) source_width = std::min(source_width, *width * 2 / 5);
  const std::size_t indent = name_width + 2;
  std::string out;
  for (const EffectiveOption& one : options) {
    const std::string value = shown(one);
    const bool is_below = width && indent + source_width + 2 + width_of(value) > *width;
    out += style.paint(one.is_set ? Tone::heading : Tone::faint, one.name, name_width) + "  ";
    const std::string source = cut_before(visible(one.source), source_width);
    const Tone tone = one.is_set ? Tone::plain : Tone::faint;
    out += is_below ? style.paint(tone, source) + '\n' + std::string(indent, ' ') +
                          style.paint(tone, wrapped(value, indent, indent, *width))
                    : style.paint(tone, source, source_width) + "  " + style.paint(tone, value);
    out += '\n';
  }
  return out;
}

std::string effective_json(const std::vector<EffectiveOption>& options) {
  JsonWriter out;
  out.begin_list();
  for (const EffectiveOption& one : options) {
    out.begin_object();
    out.text("name", one.name);
    if (!one.is_secret) out.text("value", one.value);
    if (one.is_secret) out.yes_or_no("secret", true);
    out.yes_or_no("set", one.is_set);
    out.text("source", one.source);
    out.end_object();
  }
  out.end_list();
  return std::string(out.take().view());
}

}  // namespace aluvia::app
