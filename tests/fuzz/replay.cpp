// Runs a target on all files of a folder, with any compiler, so that earlier findings stay fixed.
//
//   fuzz_replay TARGET FILE-OR-FOLDER…
#include "target.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

namespace {

using namespace aluvia::fuzz;

constexpr auto targets = std::to_array<std::pair<std::string_view, Target*>>({
    {"request_head", request_head},
    {"response_head", response_head},
    {"body", body},
    {"handshake", handshake},
    {"client_hello", client_hello},
    {"tls_sessions", tls_sessions},
    {"socks", socks},
    {"authority", authority},
    {"rules", rules},
    {"policy", policy},
    {"user_response", user_response},
    {"control_words", control_words},
    {"mcp", mcp},
});

Target* find(std::string_view name) {
  for (const auto& [known, target] : targets) {
    if (known == name) return target;
  }
  return nullptr;
}

void replay(Target& target, const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  // The last line tells whose input broke the promise that is printed behind it.
  std::printf("%s\n", file.filename().c_str());
  std::fflush(stdout);
  target(Copy(text).view());
}

int replay_all(Target& target, const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) {
    replay(target, path);
    return 1;
  }
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path))
    files += replay_all(target, entry.path());
  return files;
}

}  // namespace

int main(int count, char** arguments) {
  Target* const target = count > 2 ? find(arguments[1]) : nullptr;
  if (target == nullptr) {
    std::fprintf(stderr, "usage: fuzz_replay TARGET FILE-OR-FOLDER...\n");
    return 64;
  }
  int files = 0;
  for (int i = 2; i < count; ++i) files += replay_all(*target, arguments[i]);
  std::printf("%d inputs\n", files);
  return files > 0 ? 0 : 1;  // an empty corpus proves nothing
}
