// Writes the file by which clients verify the sandbox's certificates.
#pragma once

#include <filesystem>
#include <string_view>

namespace aluvia::sandbox {

/// Removes its own folder at the end; a path that was given is left in place.
class CaFile {
 public:
  /// An empty path takes `ca.pem` in a new temporary folder of mode 0700. Throws std::system_error.
  CaFile(std::filesystem::path path, std::string_view pem);
  ~CaFile();
  CaFile(const CaFile&) = delete;
  CaFile& operator=(const CaFile&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path folder_;
  std::filesystem::path path_;
};

}  // namespace aluvia::sandbox
