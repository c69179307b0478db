#include "agent/session_store.hpp"

#include "control/store/private_file.hpp"

#include <cerrno>
#include <cstddef>
#include <system_error>

#include <unistd.h>

namespace aluvia::agent {
namespace {

// Bytes: more than 16 sessions of the largest size, and ten certificates of 8 KB.
constexpr std::size_t longest_file = 384 * 1024;

}  // namespace

// Where another process has taken the file meanwhile, the sessions are that one's.
Result<std::optional<SecretString>, std::string> SessionStore::take() const {
  auto bytes = control::read_private_file(path_, longest_file);
  if (!bytes || !*bytes) return bytes;
  if (::unlink(path_.c_str()) == 0) return bytes;
  if (errno == ENOENT) return std::optional<SecretString>();
  return Err{
      fmt::format("{} cannot be removed: {}", printable(path_), std::generic_category().message(errno))};
}

void SessionStore::save(std::string_view bytes) {
  const auto saved = control::replace_private_file(path_, bytes);
  if (!saved && !is_failing_) {
    logger_.warn({"tls_sessions_failed", {{"error", saved.error()}}},
                 "cannot keep the gateway's TLS sessions over a restart: {}", saved.error());
  }
  is_failing_ = !saved;
}

}  // namespace aluvia::agent
