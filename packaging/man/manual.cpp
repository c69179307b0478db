// Sections of the manual page, in mdoc(7).
#include "base/ascii.hpp"
#include "command_text.hpp"
#include "exit_status.hpp"
#include "run_options.hpp"
#include "sections.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace aluvia::man {
namespace {

using app::OptionText;

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(' '));
    if (!one.empty()) out.push_back(one);
    text.remove_prefix(std::min(one.size() + 1, text.size()));
  }
  return out;
}

// The position behind its full stop.
std::size_t end_of_sentence(std::string_view text) {
  for (auto at = text.find(". "); at != text.npos; at = text.find(". ", at + 1)) {
    if (at + 2 < text.size() && ascii::is_upper(text[at + 2])) return at + 1;
  }
  return text.size();
}

// Lines of the source stay short; none may begin with what mdoc takes for a request.
std::string wrapped(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  for (const std::string_view word : words_of(text)) {
    const bool fits = column == 0 || column + 1 + word.size() <= 79;
    out += column == 0 ? "" : fits ? " " : "\n";
    column = fits && column > 0 ? column + 1 : 0;
    if (column == 0 && (word[0] == '.' || word[0] == '\'')) out += "\\&";
    out += word;
    column += word.size();
  }
  return out;
}

// Dashes are the ones that are typed, so that they can be searched for and copied. A sentence begins a line,
// which lets mdoc set the space before it.
std::string prose(std::string text) {
  replace_all(text, "\\", "\\e");
  replace_all(text, "-", "\\-");
  std::string out;
  while (!text.empty()) {
    const std::size_t end = end_of_sentence(text);
    out += wrapped(text.substr(0, end)) + '\n';
    text.erase(0, std::min(end + 1, text.size()));
  }
  return out;
}

// "[list | add RULE…]" with what is to be typed and what it stands for told apart.
std::string words(std::string text) {
  replace_all(text, "[", " [ ");
  replace_all(text, "]", " ] ");
  std::string out;
  for (const std::string_view word : words_of(text)) {
    std::string inner(word);
    replace_all(inner, "…", " ...");
    if (word == "[")
      out += ".Oo\n";
    else if (word == "]")
      out += ".Oc\n";
    else if (word == "|")
      out += "|\n";
    else if (word == "--")
      out += ".Fl \\-\n";
    else
      out += fmt::format(".{} {}\n", inner == ascii::to_lower(inner) ? "Cm" : "Ar", inner);
  }
  return out;
}

std::string value(const std::string& text) {
  if (text.empty()) return "";
  std::string out;
  const auto choices = app::choices_of(text);
  for (std::size_t at = 0; at <= text.size();) {
    const std::string one = text.substr(at, text.find('|', at) - at);
    const bool typed = std::ranges::find(choices, one) != choices.end();
    out += fmt::format("{} {} {}", out.empty() ? "" : " |", typed ? "Cm" : "Ar", one);
    at += one.size() + 1;
  }
  return out;
}

std::string item(const OptionText& option) {
  app::OptionText text = option;
  text.variables.clear();  // they follow in a markup of their own
  std::string out =
      fmt::format(".It Fl \\-{}{}\n{}", option.flag.substr(2), value(option.value), prose(full_text(text)));
  if (option.variables.empty()) return out;
  out += "Environment:\n";
  for (std::size_t i = 0; i < option.variables.size(); ++i)
    out += fmt::format(".Ev {}{}\n", option.variables[i], i + 1 < option.variables.size() ? " ," : " .");
  return out;
}

std::string list(const std::vector<OptionText>& options) {
  std::string out = ".Bl -tag -width indent\n";
  for (const OptionText& option : options) out += item(option);
  return out + ".El\n";
}

std::string run_options() {
  std::vector<std::string> order;
  std::map<std::string, std::vector<OptionText>> groups;
  for (const OptionText& option : app::run_option_texts()) {
    if (!groups.contains(option.group)) order.push_back(option.group);
    groups[option.group].push_back(option);
  }
  std::string out;
  for (const std::string& group : order) out += fmt::format(".Ss {}\n{}", group, list(groups[group]));
  return out;
}

std::string exit_statuses() {
  std::string out;
  for (const app::ExitRow& row : app::exit_rows())
    out += fmt::format(".It {}\n{}", int{row.status},
                       prose(fmt::format("{}: {}.", app::label_of(row), row.text)));
  return out;
}

std::string variables() {
  std::map<std::string, std::string> flags;
  for (const OptionText& option : app::run_option_texts()) {
    for (const std::string& variable : option.variables) flags[variable] = option.flag;
  }
  std::string out;
  for (const auto& [variable, flag] : flags)
    out += fmt::format(".It Ev {}\n.Fl \\-{} .\n", variable, flag.substr(2));
  return out;
}

const app::CommandText& command_called(std::string_view name) {
  static const auto all = app::command_texts();
  const auto one = std::ranges::find(all, name, &app::CommandText::name);
  if (one == all.end()) throw std::runtime_error(fmt::format("unknown command '{}'", name));
  return *one;
}

std::string command_section(const app::CommandText& command) {
  const bool has_options = command.takes_run_options || !command.options.empty();
  return fmt::format(".Ss {}\n.Nm\n.Cm {}\n{}{}.Pp\n{}", command.name, command.name,
                     has_options ? ".Op Ar option ...\n" : "", words(command.words), prose(command.about));
}

}  // namespace

std::vector<OptionText> shared_options() {
  return command_called("status").options;
}

std::vector<OptionText> own_options(const app::CommandText& command) {
  std::vector<OptionText> out = command.options;
  if (command.takes_run_options) return out;
  const auto drop = [&](const std::vector<OptionText>& others) {
    for (const OptionText& other : others)
      std::erase_if(out,
                    [&](const OptionText& one) { return one.flag == other.flag && one.help == other.help; });
  };
  drop(shared_options());
  drop(app::run_option_texts());
  return out;
}

Section manual_section(std::string_view name) {
  if (name == "run options") return run_options();
  if (name == "shared options") return list(shared_options());
  if (name == "exit statuses") return exit_statuses();
  if (name == "variables") return variables();
  if (name.starts_with("command ")) return command_section(command_called(name.substr(8)));
  if (name.starts_with("options ")) return list(own_options(command_called(name.substr(8))));
  return std::nullopt;
}

}  // namespace aluvia::man
