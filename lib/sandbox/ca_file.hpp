// CaFile: writes the file with which clients verify the sandbox's certificates.
#pragma once

#include <filesystem>
#include <string_view>

namespace aluvia::sandbox {

/// Removes its own folder at the end; leaves a file at a given path.
class CaFile {
 public:
  /// Takes for an empty path `ca.pem` in a new temporary folder of mode 0700. Throws std::system_error.
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
