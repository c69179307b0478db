// Tests of Secret and of wiping memory.
#include "base/secret.hpp"

#include <concepts>
#include <ostream>
#include <type_traits>

#include <catch2/catch.hpp>

using aluvia::Secret;

namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};

}  // namespace

TEST_CASE("A secret can be neither formatted nor streamed") {
  STATIC_REQUIRE_FALSE(fmt::is_formattable<Secret>::value);
  STATIC_REQUIRE_FALSE(Streamable<Secret>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<Secret, std::string>);
}

TEST_CASE("A moved-from secret is empty, short or long") {
  for (const std::string& text : {std::string("short"), std::string(200, 'x')}) {
    Secret first{text};
    const Secret second = std::move(first);
    CHECK(second.reveal() == text);
    CHECK(first.empty());
  }
}

TEST_CASE("Wiping overwrites the whole capacity") {
  std::string text = "a-long-enough-text-to-live-on-the-heap-of-this-process";
  text.resize(20);
  const char* bytes = text.data();
  aluvia::wipe(text);
  CHECK(text.empty());
  for (std::size_t i = 0; i < 54; ++i) CHECK(bytes[i] == '\0');
}
