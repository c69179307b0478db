#include "presets_command.hpp"

#include "base/json_writer.hpp"
#include "command_line.hpp"
#include "exit_status.hpp"
#include "policy/presets.hpp"
#include "standard_streams.hpp"
#include "suggestion.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <variant>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace aluvia::app {
namespace {

using policy::Preset;

struct PresetsCli {
  PresetsCli() {
    app.add_flag("--json", json, "JSON instead of text for people.");
    configure(app, "presets");
    app.footer(exit_help("presets"));
  }

  bool json = false;
  CLI::App app{"Print the presets of the policy, or NAME alone, with each entry's source.",
               "aluvia-connect presets [NAME]"};
};

std::string text_of(std::span<const Preset> presets) {
  std::string out;
  for (const Preset& preset : presets) {
    out += fmt::format("{}@{}\n", out.empty() ? "" : "\n", preset.name);
    for (const auto note : preset.notes()) out += fmt::format("# {}\n", note);
    for (const auto& entry : preset.entries()) out += fmt::format("{}  # {}\n", entry.pattern, entry.source);
  }
  return out;
}

std::string json_of(std::span<const Preset> presets) {
  JsonWriter out;
  out.begin_object();
  out.begin_list("presets");
  for (const Preset& preset : presets) {
    out.begin_object();
    out.text("name", fmt::format("@{}", preset.name));
    out.begin_list("entries");
    for (const auto& entry : preset.entries()) {
      out.begin_object();
      out.text("pattern", entry.pattern);
      out.text("source", entry.source);
      out.end_object();
    }
    out.end_list();
    out.end_object();
  }
  out.end_list();
  out.end_object();
  return std::string(out.take_line().view());
}

std::vector<std::string> names_of(std::span<const Preset> presets) {
  std::vector<std::string> out;
  for (const Preset& preset : presets) out.emplace_back(preset.name);
  return out;
}

}  // namespace

int presets_command(const std::vector<std::string>& arguments) {
  PresetsCli cli;
  std::vector<std::string> options = arguments;
  const auto word = std::ranges::find_if(options, [](std::string_view one) { return !one.starts_with('-'); });
  std::string name = word == options.end() ? "" : *word;
  if (word != options.end()) options.erase(word);
  auto parsed = parse(cli.app, options);
  if (const auto* const text = std::get_if<Printed>(&parsed)) return print_help(text->text);
  if (const auto* const error = std::get_if<UsageError>(&parsed))
    return complain(bad_usage, with_help(error->message, "presets"));
  std::span<const Preset> chosen = policy::presets();
  if (!name.empty()) {
    if (name.starts_with('@')) name.erase(0, 1);
    const Preset* const one = policy::find_preset(name);
    if (!one) {
      const std::string hint = did_you_mean(name, names_of(chosen));
      return complain(bad_usage, with_help(fmt::format("there is no such preset{}", hint), "presets"));
    }
    chosen = {one, 1};
  }
  return print(cli.json ? json_of(chosen) : text_of(chosen));
}

std::vector<OptionText> presets_option_texts() {
  return option_texts(PresetsCli().app);
}

}  // namespace aluvia::app
