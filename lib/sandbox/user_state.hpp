// UserState: the emulated account. Its members are JSON texts, so that tests can set any value, also of a
// wrong type. Its credentials are not secret, so they are plain strings.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aluvia::sandbox {

enum class Wrapping { success, data, bare };

/// The reason for a 422 to a PATCH: the member and what it takes, for `details`.
struct FieldError {
  std::string field;
  std::string message;
};

/// Loop thread only.
class UserState {
 public:
  explicit UserState(const std::vector<std::string>& rules);

  /// Returns the whole body, wrapped.
  std::string body() const;
  /// Returns the ETag with its quotes, another one after every change.
  std::string etag() const;
  /// Returns the credentials that the gateway requires now, `Basic …`; empty if they are not strings.
  const std::string& authorization() const noexcept { return authorization_; }
  /// Returns the source address of the gateway's requests: another one for another session, of a network for
  /// documentation (RFC 5737).
  std::string exit_address() const;

  /// Applies a `PATCH /user`: only rules, session_id and target_geo, checked like the real API does.
  Result<void, FieldError> patch(std::string_view json);
  /// Applies a `PUT /sandbox/user`: any member, unchecked, and `wrapping`. The error is a sentence.
  Result<void, std::string> put(std::string_view json);
  void set_rules(const std::vector<std::string>& rules);

 private:
  void set(std::string_view name, std::string value);
  void changed();

  std::vector<std::pair<std::string, std::string>> members_;
  Wrapping wrapping_ = Wrapping::success;
  std::string instance_;  // so that a sandbox started again never repeats an ETag
  std::uint64_t version_ = 0;
  std::string authorization_;
};

}  // namespace aluvia::sandbox
