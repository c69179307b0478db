#include "usage_command.hpp"

#include "base/logger.hpp"
#include "base/percent.hpp"
#include "usage/state_folder.hpp"
#include "usage/usage_file.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace aluvia::app {
namespace {

using admin::UsageFormat;
using ledger::Seconds;

Seconds now() {
  const auto time = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<Seconds>(
      std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(time).count(), 0));
}

UsageFormat format_of(const ControlLine& line) {
  if (line.usage.csv) return UsageFormat::csv;
  return line.json ? UsageFormat::json : UsageFormat::text;
}

Result<admin::UsageRequest, admin::UsageWordError> request_of(const ControlLine& line) {
  return admin::read_usage_request({line.usage.by, line.usage.since, line.usage.price}, format_of(line),
                                   now());
}

}  // namespace

Result<std::string, std::string> usage_target(const ControlLine& line) {
  if (line.usage.csv && line.json) return Err{std::string("usage takes --csv or --json, not both")};
  const auto request = request_of(line);
  if (!request)
    return Err{fmt::format("cannot use --{}: it takes {}", request.error().name, request.error().takes)};
  std::string out = line.usage.csv ? "/usage?format=csv" : "/usage?";
  for (const auto& [name, value] : {std::pair("by", &line.usage.by), std::pair("since", &line.usage.since),
                                    std::pair("price", &line.usage.price)}) {
    if (!value->empty()) out += fmt::format("&{}={}", name, percent::encoded(*value));
  }
  return out;
}

Result<std::string, std::string> usage_of_directory(const std::string& directory, const ControlLine& line) {
  auto path = usage::find_usage_file(directory);
  if (!path) return path;
  const auto request = *request_of(line);
  const Seconds time = now();
  const auto since = request.query.since;
  const auto from = since ? std::optional(ledger::period_begin(*since, time)) : std::nullopt;
  ledger::UsageTable table(request.query.by);
  const auto done = usage::UsageFile(*path).read(from, table);
  if (!done) return Err{fmt::format("{} cannot be read: {}", printable(*path), done.error().reason)};
  ledger::UsageReport report = std::move(table).report(from, time);
  report.is_kept = true;
  report.price = request.price;
  return admin::usage_in(request.format, report);
}

std::string state_directory_of_environment() {
  const char* const directory = std::getenv("ALUVIA_STATE_DIR");
  return directory && *directory ? directory : state_directory_of_service();
}

std::string state_directory_of_service() {
  const char* const list = std::getenv("STATE_DIRECTORY");
  const std::string directories = list ? list : "";
  return directories.substr(0, directories.find(':'));
}

}  // namespace aluvia::app
