// A file that holds the URL of the proxy while the proxy is ready.
#pragma once

#include "base/result.hpp"
#include "file_descriptor.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace aluvia::app {

/// Stands as long as the object lives.
class ReadyFile {
 public:
  /// Readers see the whole text or no file: it is written beside, under a random name, and
  /// renamed. Replaces what is there; follows no link at the file's own name. The folder may be shared with
  /// other users, such as /tmp: it is opened once and used by its descriptor. The error is a phrase that
  /// names the file.
  static Result<std::unique_ptr<ReadyFile>, std::string> write(const std::string& path,
                                                               std::string_view text);
  /// Removes the file, unless it has become another one.
  ~ReadyFile();
  ReadyFile(const ReadyFile&) = delete;
  ReadyFile& operator=(const ReadyFile&) = delete;

 private:
  ReadyFile(FileDescriptor folder, FileDescriptor file, std::string name)
      : folder_(std::move(folder)), file_(std::move(file)), name_(std::move(name)) {}

  const FileDescriptor folder_;
  const FileDescriptor file_;  // open, so that no other file can get its inode number
  const std::string name_;
};

}  // namespace aluvia::app
