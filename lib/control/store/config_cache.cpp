// Reads and writes the cache file: four lines and a body.
//
//   aluvia-connect configuration 1
//   for <SHA-256 of token and place>
//   written <seconds since 1970>
//   holds <SHA-256 of the body>
//   <body: JSON, to the end of the file>
#include "control/store/config_cache.hpp"

#include "base/logger.hpp"
#include "base/number.hpp"
#include "config/user_encoding.hpp"
#include "control/store/private_file.hpp"

#include <array>
#include <cstdio>
#include <utility>

#include <openssl/evp.h>

namespace aluvia::control {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

constexpr std::string_view kFirstLine = "aluvia-connect configuration 1";
// A response of the API has at most 16 MiB.
constexpr std::size_t kLongest = 17 * 1024 * 1024;

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

std::string key_of(const std::string& place, const Secret& token) {
  SecretString text(token.reveal());
  return sha256(text.append("\n").append(place));
}

// Removes the first line from `text` and returns it without `label`; nothing if it does not begin with that.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view label) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(label)) return std::nullopt;
  const auto value = text.substr(label.size(), end - label.size());
  text.remove_prefix(end + 1);
  return value;
}

std::optional<ConfigCache::Time> time_of(std::string_view digits) {
  const auto count = parse_number<std::uint64_t>(digits);
  static constexpr std::uint64_t latest = 32'503'680'000;  // the year 3000, far from overflow
  if (!count || *count > latest) return std::nullopt;
  return ConfigCache::Time(seconds(static_cast<seconds::rep>(*count)));
}

}  // namespace

ConfigCache::ConfigCache(std::string path, std::string place, const Secret& token)
    : path_(std::move(path)), place_(std::move(place)), key_(key_of(place_, token)) {}

void ConfigCache::use_token(const Secret& token) {
  key_ = key_of(place_, token);
}

Result<std::optional<ConfigCache::Cached>, std::string> ConfigCache::load() const {
  auto text = read_private_file(path_, kLongest);
  if (!text) return Err{std::move(text).error()};
  if (!*text) return std::optional<Cached>();
  return parse(**text);
}

Result<std::optional<ConfigCache::Cached>, std::string> ConfigCache::parse(std::string_view text) const {
  const auto refuse = [&](std::string_view why) { return Err{fmt::format("{} {}", printable(path_), why)}; };
  const auto first = take_line(text, kFirstLine);
  if (!first || !first->empty()) return refuse("is no cached configuration");
  const auto key = take_line(text, "for ");
  const auto written = take_line(text, "written ");
  const auto digest = take_line(text, "holds ");
  if (!key || !written || !digest || *digest != sha256(text)) return refuse("is damaged or half-written");
  if (*key != key_) return refuse("is of another token or another API");
  const auto time = time_of(*written);
  auto user = config::decode_user_response(text);
  if (!time || !user) return refuse("is damaged");
  return std::optional<Cached>(Cached{std::move(*user), *time});
}

Result<void, std::string> ConfigCache::store(const config::UserResponse& user, Time now) const {
  const SecretString body = config::encode_user(user);
  const auto written = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
  SecretString text(
      fmt::format("{}\nfor {}\nwritten {}\nholds {}\n", kFirstLine, key_, written, sha256(body)));
  return replace_private_file(path_, text.append(body));
}

void ConfigCache::discard() const {
  const auto mine = load();
  if (mine && *mine) std::remove(path_.c_str());
}

}  // namespace aluvia::control
