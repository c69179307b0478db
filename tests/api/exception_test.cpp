// Tests that an exception inside a call becomes the error of that call. Replaces operator new of this
// program, so that an allocation of several MiB can be made to fail.
#include "api/misbehaving_api.hpp"
#include "api/user_api.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#include <catch2/catch.hpp>

using namespace aluvia;
using namespace aluvia::api;
using namespace aluvia::api::testing;

namespace {

std::atomic<bool> large_allocations_fail{false};
constexpr std::size_t large = 4UL * 1024 * 1024;

}  // namespace

void* operator new(std::size_t size) {
  if (size >= large && large_allocations_fail) throw std::bad_alloc();
  if (void* const storage = std::malloc(size)) return storage;
  throw std::bad_alloc();
}
// Catch's; without it the sanitizer would pair its own with the operator delete below.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size);
}
void operator delete(void* storage) noexcept {
  std::free(storage);
}
void operator delete(void* storage, const std::nothrow_t&) noexcept {
  std::free(storage);
}
void operator delete(void* storage, std::size_t) noexcept {
  std::free(storage);
}

TEST_CASE("An exception ends its own call and is reported as what it is") {
  MisbehavingApi server(always(response("200 OK", "", std::string(2 * large, ' '))));
  ApiOptions options;
  options.base_url = server.url();
  options.token = Secret("token-1");
  const auto api = make_http_user_api(std::move(options));
  REQUIRE(api);

  large_allocations_fail = true;
  const auto failed = (*api)->get_user("");
  large_allocations_fail = false;
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message == "cannot call " + server.url().substr(7) + ": std::bad_alloc");
  CHECK(failed.error().cause == ApiError::Cause::broken);

  const auto reply = (*api)->get_user("");
  REQUIRE(reply);
  CHECK(reply->body.size() == 2 * large);
}
