#include "admin/socket_path.hpp"

#include <cstdlib>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aluvia::admin {
namespace {

std::string absolute_path_of(const char* variable) {
  const char* const value = std::getenv(variable);
  return value && *value == '/' ? value : "";
}

bool is_usable(const std::string& directory) {
  struct stat status {};
  return ::stat(directory.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == ::geteuid() &&
         ::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

}  // namespace

std::string socket_folder() {
  const std::string runtime = absolute_path_of("XDG_RUNTIME_DIR");
  if (!runtime.empty() && is_usable(runtime)) return runtime + "/aluvia-connect";
  const std::string temporary = absolute_path_of("TMPDIR");
  return fmt::format("{}/aluvia-connect-{}", temporary.empty() ? "/tmp" : temporary, ::geteuid());
}

std::string socket_name(std::uint16_t port) {
  return fmt::format("{}.sock", port);
}

std::string socket_path(const std::string& folder, std::uint16_t port) {
  return folder + '/' + socket_name(port);
}

}  // namespace aluvia::admin
