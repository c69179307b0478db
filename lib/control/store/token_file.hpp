// The file that the token came from, read again when it changes. It knows nothing of what a token is for.
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
  /// `token` is what was read from it before. No file is touched.
  TokenFile(std::string path, Secret token) : path_(std::move(path)), token_(std::move(token)) {}

  enum class When {
    changed,  ///< reads only where the file looks other than last time (stat)
    always,
  };
  /// A token that is not the last one, white space around it dropped; nothing where it is the same. The error
  /// is a sentence, once for each look of the file, without the token: it cannot be read, is empty, is none.
  Result<std::optional<Secret>, std::string> read(When when);

 private:
  // What of stat() tells a file that was written or replaced.
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
