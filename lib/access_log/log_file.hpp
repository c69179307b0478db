// LogFile: a file that lines are appended to: a regular file, a named pipe or a device.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace aluvia::access_log {

class LogFile {
 public:
  /// Opens or creates (mode 0600) the file at `path`. In a folder that every user may write to, a symbolic
  /// link and a file of another user are rejected: they could send the lines elsewhere. The error is a phrase
  /// that begins with the path and says what to do.
  static Result<LogFile, std::string> open(const std::string& path);

  LogFile(LogFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  LogFile& operator=(LogFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~LogFile();

  /// Returns the number of bytes that were appended, or -1 with errno. A pipe that is full gives EAGAIN.
  std::int64_t write(std::string_view text) const noexcept;

 private:
  explicit LogFile(int descriptor) noexcept : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace aluvia::access_log
