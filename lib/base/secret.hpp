// Secret: a string that must never be shown, such as a token, a password or an Authorization value. Code that
// formats or streams it does not compile, and its memory is overwritten when it is freed.
#pragma once

#include "base/secret_string.hpp"

#include <concepts>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace aluvia {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) : text_(text) {}
  explicit Secret(SecretString text) noexcept : text_(std::move(text)) {}
  /// A temporary std::string would leave its bytes behind; make a SecretString of them instead.
  template <std::same_as<std::string> Text>
  explicit Secret(Text&& text) = delete;

  bool empty() const noexcept { return text_.empty(); }

  /// Returns the text, valid as long as this object. Audit every caller: the bytes may go only to the peer
  /// that they are meant for.
  std::string_view reveal() const noexcept { return text_; }

  friend bool operator==(const Secret& a, const Secret& b) noexcept = default;

 private:
  SecretString text_;
};

/// Overwrites the whole capacity of `text`, not only its size, and empties it. For memory that another
/// library owns as a std::string; everything else is a SecretString.
void wipe(std::string& text) noexcept;

std::ostream& operator<<(std::ostream&, const Secret&) = delete;

}  // namespace aluvia

template <>
struct fmt::formatter<aluvia::Secret> {
  formatter() = delete;
};
