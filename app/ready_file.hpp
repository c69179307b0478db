// The file that says to others that the proxy is ready, and where.
#pragma once

#include "base/result.hpp"

#include <memory>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace aluvia::app {

/// Stands as long as the object lives.
class ReadyFile {
 public:
  /// Readers see the whole text or no file: it is written beside and renamed. Replaces what is there. The
  /// error is a phrase that names the file.
  static Result<std::unique_ptr<ReadyFile>, std::string> write(const std::string& path,
                                                               std::string_view text);
  /// Removes the file, unless it has become another one.
  ~ReadyFile();
  ReadyFile(const ReadyFile&) = delete;
  ReadyFile& operator=(const ReadyFile&) = delete;

 private:
  ReadyFile(std::string path, dev_t device, ino_t inode)
      : path_(std::move(path)), device_(device), inode_(inode) {}

  const std::string path_;
  const dev_t device_;
  const ino_t inode_;
};

}  // namespace aluvia::app
