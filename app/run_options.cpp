#include "run_options.hpp"

#include "base/redaction.hpp"
#include "given_options.hpp"
#include "option_table.hpp"
#include "token_source.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

namespace aluvia::app {
namespace {

std::optional<UsageError> set_option(RunOptions& options, const OptionRow& row, const Given& given) {
  if (!given.source.empty()) options.sources.emplace(row.flag, given.source);
  if (given.is_from_file && !row.secret) options.file_values.emplace(row.flag, given.values);
  const auto set = [&](const std::string& value) -> std::optional<UsageError> {
    if (row.set(options, value)) return std::nullopt;
    const std::string not_that =
        row.secret || given.is_from_file ? "" : fmt::format(", not '{}'", printable(value, 80));
    return UsageError{fmt::format("{} {}{}{}", row.flag, row.takes, not_that, origin_of(options, row.flag))};
  };
  if (!row.repeatable) return set(given.last());
  for (const std::string& value : given.values) {
    if (auto error = set(value)) return error;
  }
  return std::nullopt;
}

}  // namespace

std::variant<RunOptions, Printed, UsageError> read_run_options(const std::vector<std::string>& arguments) {
  auto read = GivenOptions::read(arguments);
  if (auto* const text = std::get_if<Printed>(&read)) return std::move(*text);
  if (auto* const error = std::get_if<UsageError>(&read)) return std::move(*error);
  const auto& given = std::get<GivenOptions>(read);
  RunOptions options;
  for (const OptionRow& row : option_table()) {
    const Given* const one = row.set ? given.find(row.flag) : nullptr;
    if (!one) continue;
    if (auto error = set_option(options, row, *one)) return std::move(*error);
  }
  auto token = find_token(given);
  if (!token) return UsageError{std::move(token).error()};
  options.client.token = std::move(token->token);
  options.client.token_file = std::move(token->path);
  if (!token->source.empty()) options.sources["--token"] = token->source;
  options.warnings = given.warnings();
  if (!token->warning.empty()) options.warnings.push_back(std::move(token->warning));
  return options;
}

std::string origin_of(const RunOptions& options, std::string_view flag) {
  const auto source = options.sources.find(flag);
  return source == options.sources.end() ? "" : fmt::format(" (from {})", source->second);
}

std::string error_text(const RunOptions& options, std::string_view flag, std::string_view message) {
  std::string out(message);
  if (const auto values = options.file_values.find(flag); values != options.file_values.end()) {
    for (const std::string& value : values->second) out = without_secret(out, Secret(value));
  }
  return out + origin_of(options, flag);
}

}  // namespace aluvia::app
