#include "admin/socket_path.hpp"

#include <cstdlib>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aluvia::admin {
namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value && *value == '/' ? value : "";
}

bool is_own_folder(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == ::geteuid();
}

}  // namespace

std::vector<std::string> socket_folders() {
  std::vector<std::string> out;
  const std::string runtime = variable("XDG_RUNTIME_DIR");
  if (!runtime.empty() && is_own_folder(runtime)) out.push_back(runtime + "/aluvia-connect");
  std::string temporary = variable("TMPDIR");
  if (temporary.empty()) temporary = "/tmp";
  out.push_back(fmt::format("{}/aluvia-connect-{}", temporary, ::geteuid()));
  return out;
}

std::string socket_path(const std::string& folder, std::uint16_t port) {
  return fmt::format("{}/{}.sock", folder, port);
}

}  // namespace aluvia::admin
