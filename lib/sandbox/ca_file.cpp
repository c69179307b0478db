#include "sandbox/ca_file.hpp"

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include <stdlib.h>

namespace aluvia::sandbox {
namespace {

std::filesystem::path make_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "aluvia-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::system_error(errno, std::generic_category(), pattern);
  return pattern;
}

void remove_folder(const std::filesystem::path& folder) noexcept {
  std::error_code ignored;
  if (!folder.empty()) std::filesystem::remove_all(folder, ignored);
}

}  // namespace

CaFile::CaFile(std::filesystem::path path, std::string_view pem)
    : folder_(path.empty() ? make_folder() : std::filesystem::path()),
      path_(path.empty() ? folder_ / "ca.pem" : std::move(path)) {
  std::ofstream file(path_, std::ios::trunc);
  file << pem;
  file.close();
  if (!file) {
    remove_folder(folder_);
    throw std::system_error(errno, std::generic_category(), path_.string());
  }
}

CaFile::~CaFile() {
  remove_folder(folder_);
}

}  // namespace aluvia::sandbox
