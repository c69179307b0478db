// ReadyFile: a file that holds the URL of the proxy while the proxy is ready.
#pragma once

#include "base/result.hpp"
#include "file_descriptor.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace aluvia::app {

/// The file exists while the object lives.
class ReadyFile {
 public:
  /// Writes the file under a random name beside `path` and renames it, so that readers see the whole text or
  /// no file. Replaces an existing file; does not follow a link at `path`. Other users may share the folder,
  /// such as /tmp, so it is opened once and used by its descriptor. The error is a phrase that names the
  /// file.
  static Result<std::unique_ptr<ReadyFile>, std::string> write(const std::string& path,
                                                               std::string_view text);
  /// Removes the file, unless another file has replaced it.
  ~ReadyFile();
  ReadyFile(const ReadyFile&) = delete;
  ReadyFile& operator=(const ReadyFile&) = delete;

 private:
  ReadyFile(FileDescriptor folder, FileDescriptor file, std::string name)
      : folder_(std::move(folder)), file_(std::move(file)), name_(std::move(name)) {}

  const FileDescriptor folder_;
  const FileDescriptor file_;  // kept open, so that no other file can get its inode number
  const std::string name_;
};

}  // namespace aluvia::app
