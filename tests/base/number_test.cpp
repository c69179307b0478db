// Whole numbers, percent-encoding and interrupted system calls: the parts that all modules share.
#include "base/number.hpp"

#include "base/percent.hpp"
#include "base/posix.hpp"

#include <cstdint>
#include <limits>

#include <catch2/catch.hpp>

using namespace aluvia;

TEST_CASE("A whole number is read from digits only") {
  CHECK(parse_number<std::uint16_t>("0") == 0);
  CHECK(parse_number<std::uint16_t>("00080") == 80);
  CHECK(parse_number<std::uint16_t>("65535") == 65535);
  CHECK(parse_number<std::uint64_t>("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  for (const char* const text : {"", " 1", "1 ", "+1", "-1", "1.0", "0x10", "1e3", "a"}) {
    INFO(text);
    CHECK_FALSE(parse_number<std::uint64_t>(text));
  }
}

TEST_CASE("A number that does not fit is none") {
  CHECK_FALSE(parse_number<std::uint16_t>("65536"));
  CHECK_FALSE(parse_number<std::uint64_t>("18446744073709551616"));
}

TEST_CASE("Every byte survives percent-encoding, and only unreserved ones stay as they are") {
  CHECK(percent::encoded("aZ09-._~") == "aZ09-._~");
  CHECK(percent::encoded("a b/%?") == "a%20b%2F%25%3F");
  for (int byte = 0; byte < 256; ++byte) {
    const auto c = static_cast<char>(byte);
    std::string escape;
    percent::append_encoded(escape, c);
    INFO(escape);
    CHECK(percent::decoded_byte(escape) == c);
  }
}

TEST_CASE("An escape that is cut or not hexadecimal is none") {
  CHECK(percent::decoded_byte("%2f rest") == '/');
  for (const char* const text : {"", "%", "%2", "%2g", "%g2", "% 2", "2F", "%%2"}) {
    INFO(text);
    CHECK_FALSE(percent::decoded_byte(text));
  }
}

TEST_CASE("A call is repeated while a signal interrupts it, and for no other error") {
  int calls = 0;
  const auto result = retry_on_eintr([&] {
    errno = ++calls < 3 ? EINTR : EAGAIN;
    return -1;
  });
  CHECK(result == -1);
  CHECK(calls == 3);
  CHECK(retry_on_eintr([&] { return ++calls; }) == 4);
}
