// The state behind `GET /user`: its members are JSON texts, so that tests can set any value, also wrong
// types. The emulated account's credentials are not secret, so they are plain strings.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aluvia::sandbox {

enum class Wrapping { success, data, bare };

/// Why a PATCH is refused: the member and what it takes, for the `details` of a 422.
struct FieldError {
  std::string field;
  std::string message;
};

/// Loop thread only.
class UserState {
 public:
  explicit UserState(const std::vector<std::string>& rules);

  /// The whole body, wrapped.
  std::string body() const;
  /// With its quotes; another one after every change.
  std::string etag() const;
  /// The credentials that the gateway demands now: `Basic …`; empty when they are not strings.
  const std::string& authorization() const noexcept { return authorization_; }
  /// The address from which the gateway's requests leave: another one for another session, of a network that
  /// exists in documents only (RFC 5737).
  std::string exit_address() const;

  /// `PATCH /user`: only rules, session_id and target_geo, checked as the real API does.
  Result<void, FieldError> patch(std::string_view json);
  /// `PUT /sandbox/user`: any member, unchecked, and `wrapping`. Error: a sentence.
  Result<void, std::string> put(std::string_view json);
  void set_rules(const std::vector<std::string>& rules);

 private:
  void set(std::string_view name, std::string value);
  void changed();

  std::vector<std::pair<std::string, std::string>> members_;
  Wrapping wrapping_ = Wrapping::success;
  std::string instance_;  // a sandbox that was started again never repeats an ETag
  std::uint64_t version_ = 0;
  std::string authorization_;
};

}  // namespace aluvia::sandbox
