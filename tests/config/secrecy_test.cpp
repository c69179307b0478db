// Tests that no password stays in freed memory: searches every block that the tested code frees.
#include "base/base64.hpp"
#include "base/secret.hpp"
#include "config/user_encoding.hpp"
#include "config/user_network_config.hpp"
#include "config/user_response.hpp"

#include <cstdlib>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <malloc.h>

namespace {

constexpr std::string_view password = "hunter2-and-some-more-so-that-it-is-on-the-heap";

bool watching = false;
std::size_t leaks = 0;
std::string_view watched[3];

void give_back(void* memory) noexcept {
  if (watching && memory != nullptr) {
    const std::string_view block(static_cast<const char*>(memory), malloc_usable_size(memory));
    for (const std::string_view text : watched) {
      if (!text.empty() && block.find(text) != block.npos) ++leaks;
    }
  }
  std::free(memory);
}

// Counts the blocks that are freed with one of `texts` inside, as long as it lives.
class Watch {
 public:
  explicit Watch(std::string_view first, std::string_view second = {}) {
    watched[0] = first;
    watched[1] = second;
    leaks = 0;
    watching = true;
  }
  ~Watch() { watching = false; }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
};

std::string body_with(std::string_view tail) {
  return R"({"success": true, "data": {"proxy_username": "user", "proxy_password": "  )" +
         std::string(password) + R"( ", "proxy_urls": {"http": "http://user:)" + std::string(password) +
         R"(@gateway:8080"})" + std::string(tail);
}

}  // namespace

void* operator new(std::size_t size) {
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  give_back(memory);
}

using namespace aluvia::config;

TEST_CASE("The search finds a password in memory that is freed unwiped") {
  const Watch watch(password);
  { const std::string copy(password); }
  CHECK(leaks == 1);
}

TEST_CASE("Decoding a body and building a snapshot leave no password in freed memory") {
  const std::string body = body_with(R"(, "rules": ["*", 7, "https://bad/"], "session_id": 5}})");
  const std::string encoded = aluvia::base64_encode("user:" + std::string(password));
  std::vector<std::string> warnings;
  {
    const Watch watch(password, encoded);
    auto user = decode_user_response(body);
    REQUIRE(user);
    std::optional<UserResponse> kept(std::move(*user));
    Snapshot snapshot = make_snapshot(*kept, {}, {}, "", 1, warnings);
    REQUIRE(snapshot->gateway_authorization.reveal().ends_with(encoded));
  }
  CHECK(leaks == 0);
}

TEST_CASE("Encoding a user leaves no password in freed memory, however often its memory grows") {
  auto user = decode_user_response(body_with("}}"));
  REQUIRE(user);
  user->rules.assign(1'000, "*.example.com");
  {
    const Watch watch(password);
    const aluvia::SecretString text = encode_user(*user);
    REQUIRE(text.find(password) != text.npos);
  }
  CHECK(leaks == 0);
}

TEST_CASE("A rejected body leaves no password in freed memory, and the error does not quote it") {
  for (const std::string_view tail :
       {R"(, "rules": 5}})", R"(}} trailing)", R"(, "rules": [)", "}, \"x\": \"\xFF\"}"}) {
    const std::string body = body_with(tail);
    std::string error;
    {
      const Watch watch(password);
      const auto user = decode_user_response(body);
      REQUIRE_FALSE(user);
      error = user.error();
      decode_error_response(body);
    }
    CHECK(leaks == 0);
    CHECK(error.find("hunter2") == error.npos);
  }
}
