#include "command_line.hpp"

#include "base/logger.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace aluvia::app {
namespace {

constexpr std::size_t help_width = 100;
constexpr std::size_t description_column = 28;

// Words in lines; those after the first are indented.
std::string wrapped(std::string_view text, std::size_t used) {
  std::string out;
  std::size_t column = used;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find(' '), text.size());
    if (column > description_column && column + 1 + size > help_width) {
      out += '\n' + std::string(description_column, ' ');
      column = description_column;
    } else if (column > description_column) {
      out += ' ';
      ++column;
    }
    out += text.substr(0, size);
    column += size;
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  return out + '\n';
}

class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool) const override {
    std::string left = "  " + option->get_name(false, true);
    if (const auto comma = left.find(','); comma != std::string::npos) left.insert(comma + 1, 1, ' ');
    if (const std::string value = option->get_type_name(); !value.empty() && option->get_type_size() != 0) {
      left += ' ' + value;
    }
    if (left.size() + 2 > description_column) return left + '\n' + indented(option->get_description());
    left.resize(description_column, ' ');
    return left + wrapped(option->get_description(), description_column);
  }
  std::string make_usage(const CLI::App*, std::string name) const override {
    return fmt::format("\nUsage: {} [OPTIONS]\n\n", name);
  }
  // The base class puts an empty line after every group but the last.
  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    return CLI::Formatter::make_group(std::move(group), is_positional, std::move(options)).substr(1);
  }

 private:
  static std::string indented(const std::string& text) {
    return std::string(description_column, ' ') + wrapped(text, description_column);
  }
};

// `--port=` would make the library take the next argument for the value.
std::vector<std::string> reversed(const std::vector<std::string>& arguments) {
  std::vector<std::string> out;
  for (auto argument = arguments.rbegin(); argument != arguments.rend(); ++argument) {
    if (argument->starts_with("--") && argument->find('=') == argument->size() - 1) {
      out.emplace_back();
      out.push_back(argument->substr(0, argument->size() - 1));
    } else {
      out.push_back(*argument);
    }
  }
  return out;  // the library takes a vector from its end
}

std::string about_extra(const std::string& argument) {
  if (!argument.starts_with('-') || argument.size() < 2) {
    return "only options are taken, and one argument belongs to none";
  }
  return "there is no option " + printable(argument.substr(0, argument.find('=')), 40);
}

}  // namespace

std::string version_line() {
  return "aluvia-connect " ALUVIA_VERSION "\n";
}

void dress(CLI::App& cli) {
  cli.formatter(std::make_shared<HelpFormatter>());
  cli.set_help_flag("-h,--help", "This text")->group("Other");
  cli.set_version_flag("--version", version_line(), "Name and version")->group("Other");
  cli.allow_extras();
}

std::variant<std::monostate, Printed, UsageError> parse(CLI::App& cli,
                                                        const std::vector<std::string>& arguments) {
  try {
    cli.parse(reversed(arguments));
  } catch (const CLI::CallForHelp&) {
    return Printed{cli.help()};
  } catch (const CLI::CallForVersion&) {
    return Printed{version_line()};
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string text = error.what();
    return UsageError{text.substr(0, text.find(':')) + " needs a value"};
  } catch (const CLI::ParseError& error) {
    return UsageError{error.what()};
  }
  if (const auto extras = cli.remaining(); !extras.empty()) return UsageError{about_extra(extras.front())};
  return std::monostate{};
}

}  // namespace aluvia::app
