#include "run_options.hpp"

#include "base/redaction.hpp"
#include "option_table.hpp"
#include "option_values.hpp"
#include "token_source.hpp"
#include "usage_command.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace aluvia::app {
namespace {

std::optional<UsageError> set_option(RunOptions& options, const OptionRow& row, const OptionValue& given) {
  options.names[row.id] = given.name;
  if (!row.is_secret) options.given_values[row.id] = given.values;
  if (given.is_from_file && !row.is_secret) options.file_values[row.id] = given.values;
  const bool may_show = !row.is_secret && !given.is_from_file;
  const std::span<const std::string> values(given.values);
  for (const std::string& value : row.is_repeatable ? values : values.last(1)) {
    if (row.member.set(row, options, value)) continue;
    const std::string shown = may_show ? fmt::format(" '{}'", printable(value, 80)) : "";
    return UsageError{fmt::format("cannot use {}{}: it takes {}", given.name, shown, row.accepted())};
  }
  return std::nullopt;
}

bool is_among(OptionId id, const RejectedOptions& rejected) {
  return std::ranges::find(rejected.ids, id) != rejected.ids.end();
}

std::optional<UsageError> set_token(RunOptions& options, const OptionValues& values) {
  auto token = find_token(values);
  if (!token) return UsageError{std::move(token).error()};
  options.client.token = std::move(token->token);
  options.client.token_file = std::move(token->path);
  if (!token->name.empty()) options.names[OptionId::token] = token->name;
  if (!token->warning.empty()) options.warnings.push_back(std::move(token->warning));
  return std::nullopt;
}

}  // namespace

std::variant<RunOptions, Printed, UsageError> read_run_options(const std::vector<std::string>& arguments,
                                                               const RejectedOptions& rejected) {
  auto read = OptionValues::read(arguments);
  if (auto* const text = std::get_if<Printed>(&read)) return std::move(*text);
  if (auto* const error = std::get_if<UsageError>(&read)) return std::move(*error);
  const auto& values = std::get<OptionValues>(read);
  RunOptions options;
  options.warnings = values.warnings();
  for (const OptionId id : {OptionId::config, OptionId::token_file}) {  // other files read these
    const OptionValue* const file = values.find(id);
    if (file) options.names[id] = file->name;
    if (file) options.given_values[id] = file->values;
  }
  if (const OptionValue* const config = values.find(OptionId::config)) options.config_file = config->last();
  for (const OptionId id : rejected.ids) {
    if (!values.find(id, OptionValues::command_line)) continue;
    return UsageError{fmt::format("cannot use {}: {}", option_row(id).flag(), rejected.reason)};
  }
  for (const OptionRow& row : option_table()) {
    const OptionValue* const value = row.member.set ? values.find(row.id) : nullptr;
    if (!value || is_among(row.id, rejected)) continue;
    if (auto error = set_option(options, row, *value)) return std::move(*error);
  }
  if (options.client.state_dir.empty() && !is_among(OptionId::state_dir, rejected)) {
    options.client.state_dir = state_directory_of_service();
    if (!options.client.state_dir.empty()) options.names[OptionId::state_dir] = "STATE_DIRECTORY";
  }
  if (options.is_quiet) options.log_level = LogLevel::silent;
  if (!is_among(OptionId::token, rejected)) {
    if (auto error = set_token(options, values)) return std::move(*error);
  }
  return options;
}

Result<policy::PolicyTexts, std::string> read_policy_options(const std::vector<std::string>& arguments) {
  const auto read = OptionValues::read(arguments);
  if (const auto* const error = std::get_if<UsageError>(&read)) return Err{error->message};
  if (!std::holds_alternative<OptionValues>(read)) return policy::PolicyTexts();
  RunOptions options;
  for (const OptionId id :
       {OptionId::block, OptionId::only, OptionId::only_audit, OptionId::budget, OptionId::price}) {
    const OptionValue* const value = std::get<OptionValues>(read).find(id);
    if (!value) continue;
    if (auto error = set_option(options, option_row(id), *value)) return Err{std::move(error->message)};
  }
  // Budgets in money are valid with a price only; the run keeps the price that it was started with.
  policy::PolicyTexts& policy = options.client.policy;
  policy.price = options.client.price;
  if (auto error = policy::policy_error(policy); !error.empty()) return Err{std::move(error)};
  policy.price.reset();
  return std::move(policy);
}

std::string name_of(const RunOptions& options, OptionId id) {
  const auto name = options.names.find(id);
  return name == options.names.end() ? option_row(id).flag() : name->second;
}

std::string error_text(const RunOptions& options, const agent::InvalidOptionError& error) {
  std::string reason = error.reason();
  if (const auto values = options.file_values.find(error.option()); values != options.file_values.end()) {
    for (const std::string& value : values->second) reason = without_secret(reason, Secret(value));
  }
  return fmt::format("cannot use {}: {}", name_of(options, error.option()), reason);
}

}  // namespace aluvia::app
