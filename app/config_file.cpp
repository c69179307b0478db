#include "config_file.hpp"

#include "base/ascii.hpp"
#include "base/logger.hpp"
#include "small_file.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace aluvia::app {
namespace {

constexpr std::size_t file_limit = 1024 * 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

using Error = const char*;  ///< a phrase; null for success

class ConfigReader {
 public:
  explicit ConfigReader(std::string_view text) : rest_(text) {
    if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
  }

  /// Reads the whole text. After an error, line() returns its line.
  Error read(std::vector<ConfigEntry>& out);
  std::size_t line() const noexcept { return line_; }

 private:
  char next() const noexcept { return rest_.empty() ? '\n' : rest_.front(); }
  void skip_spaces() noexcept;
  void skip_line_rest() noexcept;
  void skip_line_feed() noexcept;
  std::string_view take_name() noexcept;
  Error read_entry(ConfigEntry& entry);
  Error read_values(std::vector<std::string>& out);
  Error read_list(std::vector<std::string>& out);
  Error read_value(std::vector<std::string>& out, std::string_view ends);
  Error read_quoted(std::vector<std::string>& out);

  std::string_view rest_;
  std::size_t line_ = 1;
};

void ConfigReader::skip_spaces() noexcept {
  while (!rest_.empty() && rest_.front() != '\n' && ascii::is_space(rest_.front())) rest_.remove_prefix(1);
}

void ConfigReader::skip_line_rest() noexcept {
  rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
}

void ConfigReader::skip_line_feed() noexcept {
  if (rest_.empty()) return;
  rest_.remove_prefix(1);
  ++line_;
}

std::string_view ConfigReader::take_name() noexcept {
  std::size_t size = 0;
  while (size < rest_.size() && (ascii::is_alnum(rest_[size]) || rest_[size] == '-')) ++size;
  const std::string_view name = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return name;
}

Error ConfigReader::read(std::vector<ConfigEntry>& out) {
  while (!rest_.empty()) {
    skip_spaces();
    if (next() == '#' || next() == ';') skip_line_rest();
    if (next() == '[') return "a section; write options without sections";
    if (next() != '\n') {
      if (const Error error = read_entry(out.emplace_back())) return error;
    }
    skip_line_feed();
  }
  return nullptr;
}

Error ConfigReader::read_entry(ConfigEntry& entry) {
  entry.line = line_;
  entry.name = take_name();
  skip_spaces();
  const bool is_alone = next() == '\n' || next() == '#';
  if (entry.name.empty() || (!is_alone && next() != '=')) return "not a line such as port = 8080";
  entry.has_value = !is_alone;
  if (is_alone) {
    entry.values = {"true"};
    skip_line_rest();
    return nullptr;
  }
  rest_.remove_prefix(1);
  skip_spaces();
  const Error error = next() == '[' ? read_list(entry.values) : read_values(entry.values);
  if (error) return error;
  skip_spaces();
  if (next() == '#') skip_line_rest();
  return next() == '\n' ? nullptr : "text behind the end of a list";
}

// Reads a missing value as an empty one, which the option accepts or rejects.
Error ConfigReader::read_values(std::vector<std::string>& out) {
  for (skip_spaces(); next() != '\n' && next() != '#'; skip_spaces()) {
    if (next() == ',') {
      rest_.remove_prefix(1);
    } else if (const Error error = read_value(out, ",#")) {
      return error;
    }
  }
  if (out.empty()) out.emplace_back();
  return nullptr;
}

Error ConfigReader::read_list(std::vector<std::string>& out) {
  const std::size_t first_line = line_;
  rest_.remove_prefix(1);
  for (;;) {
    skip_spaces();
    if (rest_.empty()) {
      line_ = first_line;
      return "a list without its ]";
    }
    if (next() == '\n') {
      skip_line_feed();
    } else if (next() == '#') {
      skip_line_rest();
    } else if (next() == ',') {
      rest_.remove_prefix(1);
    } else if (next() == ']') {
      rest_.remove_prefix(1);
      return nullptr;
    } else if (const Error error = read_value(out, ",#]")) {
      return error;
    }
  }
}

// Reads one value, which ends before white space or one of `ends`.
Error ConfigReader::read_value(std::vector<std::string>& out, std::string_view ends) {
  const auto is_end = [&] {
    return rest_.empty() || ascii::is_space(next()) || ends.find(next()) != ends.npos;
  };
  if (next() == '"' || next() == '\'') {
    if (const Error error = read_quoted(out)) return error;
    return is_end() ? nullptr : "text behind a closing quote";
  }
  const std::string_view begin = rest_;
  while (!is_end()) rest_.remove_prefix(1);
  out.emplace_back(begin.substr(0, begin.size() - rest_.size()));
  return nullptr;
}

Error ConfigReader::read_quoted(std::vector<std::string>& out) {
  const char quote = next();
  const auto is_escape = [&](std::size_t at) { return quote == '"' && rest_.substr(at).starts_with("\\\""); };
  std::size_t end = 1;
  while (end < rest_.size() && rest_[end] != quote && rest_[end] != '\n') end += is_escape(end) ? 2U : 1U;
  if (end >= rest_.size() || rest_[end] == '\n') return "a quote without its end";
  std::string& value = out.emplace_back();
  value.reserve(end);  // in one allocation: a secret leaves no copy behind
  for (std::size_t at = 1; at < end; ++at) {
    if (is_escape(at)) ++at;
    value += rest_[at];
  }
  rest_.remove_prefix(end + 1);
  return nullptr;
}

}  // namespace

Result<ConfigFile, std::string> read_config_file(const std::string& path) {
  auto file = read_small_file(path, file_limit);
  if (!file) return Err{std::move(file).error()};
  ConfigFile out;
  out.is_readable_by_all = file->is_readable_by_all;
  const bool is_text = file->text.view().find('\0') == std::string_view::npos;
  ConfigReader reader(file->text);
  const Error error = is_text ? reader.read(out.entries) : nullptr;
  if (!is_text)
    return Err{fmt::format("{} is no text file; write lines such as port = 8080", printable(path))};
  if (error) return Err{fmt::format("{}:{}: {}", printable(path), reader.line(), error)};
  return out;
}

}  // namespace aluvia::app
