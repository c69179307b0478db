#include "completion_words.hpp"

#include "base/ascii.hpp"
#include "run_options.hpp"

namespace aluvia::app::completion {

std::vector<OptionText> options_of(const CommandText& command) {
  std::vector<OptionText> out = command.options;
  if (command.takes_run_options) {
    const auto more = run_option_texts();
    out.insert(out.end(), more.begin(), more.end());
  }
  out.push_back({"--help", "", "Help on this command", {}});
  out.push_back({"--version", "", "Name and version", {}});
  return out;
}

Texts command_names() {
  Texts out;
  for (const CommandText& one : command_texts()) out.push_back(one.name);
  return out;
}

// The words in small letters among those that a command takes: list, add, remove, set, clear.
Texts typed_words(const CommandText& command) {
  if (command.name == "help") {
    Texts out = command_names();
    out.emplace_back("exit-status");
    return out;
  }
  Texts out;
  std::string word;
  for (const char c : command.words + " ") {
    if (c != ' ' && c != '[' && c != ']' && c != '|') {
      word += c;
    } else {
      if (!word.empty() && word == ascii::to_lower(word) && ascii::is_alpha(word[0])) out.push_back(word);
      word.clear();
    }
  }
  return out;
}

std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != special.npos) out += '\\';
    out += c;
  }
  return out;
}

// In single quotes, as bash and zsh read them.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string first_sentence(std::string_view help) {
  std::string_view out = help.substr(0, help.find(" (default"));
  out = out.substr(0, out.find(". "));
  return std::string(out.ends_with('.') ? out.substr(0, out.size() - 1) : out);
}

bool is_running_port(const CommandText& command, const OptionText& option) {
  return option.flag == "--port" && !command.takes_run_options && command.name != "try";
}

std::string filled(std::string_view script, const std::map<std::string, std::string>& sections) {
  static constexpr std::string_view mark = "@@ ";
  std::string out;
  while (!script.empty()) {
    const std::string_view line = script.substr(0, script.find('\n') + 1);
    if (line.starts_with(mark))
      out += sections.at(std::string(line.substr(mark.size(), line.size() - mark.size() - 1)));
    else
      out += line;
    script.remove_prefix(line.size());
  }
  return out;
}

}  // namespace aluvia::app::completion
