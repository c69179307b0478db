// TokenFile: the file of the token, read again when it changes.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>

namespace aluvia::control {

class TokenFile {
 public:
  /// `token` is the one that was read before. Opens no file.
  TokenFile(std::string path, Secret token) : path_(std::move(path)), token_(std::move(token)) {}

  enum class When {
    changed,  ///< reads only if stat() shows a change
    always,
  };
  /// Returns a new token without the white space around it, or nothing if it is the last one. The error is a
  /// sentence without the token, once for each change of the file: it cannot be read, is empty, or holds no
  /// token.
  Result<std::optional<Secret>, std::string> read(When when);

 private:
  // The values of stat() that show that a file was written or replaced.
  struct Look {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = -1;
    std::int64_t modified_ns = 0;
    friend bool operator==(const Look&, const Look&) = default;
  };
  Look look() const;

  std::string path_;
  Secret token_;
  std::optional<Look> seen_;
};

}  // namespace aluvia::control
