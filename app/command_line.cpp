#include "command_line.hpp"

#include "base/logger.hpp"
#include "examples.hpp"
#include "option_table.hpp"
#include "suggestion.hpp"
#include "wrapped_text.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace aluvia::app {
namespace {

constexpr std::size_t description_column = 26;

class HelpFormatter final : public CLI::Formatter {
 public:
  explicit HelpFormatter(std::string_view command) : examples_(examples_text(command)) {}

  std::string make_footer(const CLI::App* app) const override {
    const std::string gap = examples_.empty() ? "" : "\n";
    return examples_ + gap + CLI::Formatter::make_footer(app);
  }
  std::string make_option(const CLI::Option* option, bool) const override {
    std::string left = "  " + option->get_name(false, true);
    if (const auto comma = left.find(','); comma != std::string::npos) left.insert(comma + 1, 1, ' ');
    if (const std::string value = option->get_type_name(); !value.empty() && option->get_type_size() != 0) {
      left += ' ' + value;
    }
    const std::string right =
        wrapped(option->get_description(), description_column, description_column) + '\n';
    if (left.size() + 2 > description_column)
      return left + '\n' + std::string(description_column, ' ') + right;
    left.resize(description_column, ' ');
    return left + right;
  }
  std::string make_usage(const CLI::App*, std::string name) const override {
    static constexpr std::string_view label = "Usage: ";
    return fmt::format("\n{}{}\n\n", label, wrapped(name + " [OPTIONS]", label.size(), label.size()));
  }
  // Removes the empty line that the base class adds after every group but the last.
  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    return CLI::Formatter::make_group(std::move(group), is_positional, std::move(options)).substr(1);
  }

 private:
  std::string examples_;
};

// Rewrites `--port=`, for which CLI11 would take the next argument as the value.
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
  return out;  // CLI11 reads a vector from its end
}

// Checks the value only: main() has applied it, so that also an error and help have the colors.
void add_color(CLI::App& cli) {
  const OptionRow& row = option_row(OptionId::color);
  const auto check = [&row](const CLI::results_t& values) {
    RunOptions ignored;
    if (row.member.set(row, ignored, values.back())) return true;
    throw CLI::ValidationError(fmt::format("cannot use --color: it takes {}", row.accepted()));
  };
  const OptionText text = row.text();
  cli.add_option(text.flag, check, full_text(text))->type_name(text.value)->group("Other")->take_last();
}

// Quotes a flag, but no other argument: it may be a secret.
std::string unexpected(const CLI::App& cli, const std::string& argument) {
  if (!argument.starts_with('-') || argument.size() < 2) return "unexpected argument behind the options";
  const std::string flag = argument.substr(0, argument.find('='));
  std::vector<std::string> flags;
  for (const CLI::Option* const option : cli.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  }
  return fmt::format("unknown option {}{}", printable(flag, 40), did_you_mean(flag, flags));
}

}  // namespace

std::string version_line() {
  return "aluvia-connect " ALUVIA_VERSION "\n";
}

void configure(CLI::App& cli, std::string_view command) {
  cli.formatter(std::make_shared<HelpFormatter>(command));
  cli.set_help_flag("-h,--help", "Print this help.")->group("Other");
  cli.set_version_flag("-V,--version", version_line(), "Print name and version.")->group("Other");
  if (!cli.get_option_no_throw("--color")) add_color(cli);
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
  if (const auto extras = cli.remaining(); !extras.empty())
    return UsageError{unexpected(cli, extras.front())};
  return std::monostate{};
}

}  // namespace aluvia::app
