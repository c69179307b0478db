#include "control/store/token_file.hpp"

#include "api/api_options_check.hpp"
#include "base/ascii.hpp"
#include "base/logger.hpp"
#include "base/posix.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aluvia::control {
namespace {

constexpr std::size_t kLongest = 16 * 1024;

// Checks only the length: a token file may be a pipe, or a credential of the service manager with any mode.
Result<Secret, std::string> read_token(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0)
    return Err{fmt::format("{} cannot be read: {}", printable(path), std::generic_category().message(errno))};
  SecretString text(kLongest + 1, '\0');
  std::size_t size = 0;
  ssize_t n = 1;
  while (size < text.size() && n > 0) {
    n = retry_on_eintr([&] { return ::read(file, text.data() + size, text.size() - size); });
    if (n > 0) size += static_cast<std::size_t>(n);
  }
  ::close(file);
  if (n < 0) return Err{printable(path) + " cannot be read"};
  if (size > kLongest) return Err{fmt::format("{} is longer than {} bytes", printable(path), kLongest)};
  Secret token(ascii::trim(text.view().substr(0, size)));
  if (token.empty()) return Err{printable(path) + " is empty"};
  if (auto complaint = api::token_error(token); !complaint.empty())
    return Err{fmt::format("{}: {}", printable(path), complaint)};
  return token;
}

}  // namespace

TokenFile::Look TokenFile::look() const {
  struct stat facts {};
  if (::stat(path_.c_str(), &facts) != 0) return {};
  return {facts.st_dev, facts.st_ino, facts.st_size,
          static_cast<std::int64_t>(facts.st_mtim.tv_sec) * 1'000'000'000 + facts.st_mtim.tv_nsec};
}

Result<std::optional<Secret>, std::string> TokenFile::read(When when) {
  const Look now = look();
  const bool changed = now != seen_;
  if (when == When::changed && !changed) return std::optional<Secret>();
  seen_ = now;
  auto token = read_token(path_);
  if (!token && !changed) return std::optional<Secret>();
  if (!token) return Err{std::move(token).error()};
  if (*token == token_) return std::optional<Secret>();
  token_ = *token;
  return std::optional<Secret>(std::move(*token));
}

}  // namespace aluvia::control
