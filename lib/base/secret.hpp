// Secret: a string that must never be shown, such as a token, a password or an Authorization value. Code that
// formats or streams it does not compile, and its memory is overwritten when it is freed.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace aluvia {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text);
  Secret(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  bool empty() const noexcept { return text_.empty(); }

  /// Returns the text, valid as long as this object. Audit every caller: the bytes may go only to the peer
  /// that they are meant for.
  std::string_view reveal() const noexcept { return text_; }

  friend bool operator==(const Secret& a, const Secret& b) noexcept { return a.text_ == b.text_; }

 private:
  std::string text_;
};

/// Overwrites the whole capacity of `text`, not only its size, and empties it.
void wipe(std::string& text) noexcept;

std::ostream& operator<<(std::ostream&, const Secret&) = delete;

}  // namespace aluvia

template <>
struct fmt::formatter<aluvia::Secret> {
  formatter() = delete;
};
