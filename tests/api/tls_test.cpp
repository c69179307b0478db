// Tests of the client over TLS, with the API of a sandbox and certificates of the sandbox's CA.
#include "api/api_fixture.hpp"
#include "sandbox/sandbox.hpp"

using namespace aluvia;
using namespace aluvia::api;
using namespace aluvia::api::testing;

namespace {

struct Fixture {
  Fixture() { REQUIRE(box.start()); }
  std::unique_ptr<UserApi> api(const std::string& ca_file, const std::string& host = "127.0.0.1") const {
    auto options = options_for("https://" + host + ":" + std::to_string(box.ports().api_tls));
    options.ca_file = ca_file;
    return api_with(std::move(options));
  }

  sandbox::Sandbox box{{.token = kToken}};
};

}  // namespace

TEST_CASE("Calls over TLS share one verified connection") {
  const Fixture fixture;
  const auto api = fixture.api(fixture.box.ca_file());
  const auto first = api->get_user("");
  REQUIRE(first);
  CHECK(first->status == 200);
  CHECK(api->get_user(first->etag)->status == 304);
  CHECK(api->update({{}, "abc", {}}, "")->status == 200);
  CHECK(fixture.box.record().api_connections == 1);
}

TEST_CASE("A certificate of an unknown CA, or for another name, ends the call before the token is sent") {
  const Fixture fixture;
  const Fixture other;
  for (const auto& api : {fixture.api(""), fixture.api(other.box.ca_file()),
                          fixture.api(fixture.box.ca_file(), "other.localhost")}) {
    const ApiError error = failure_of(*api);
    CHECK(error.cause == Cause::tls);
    CHECK(contains(error.message, "cannot verify the certificate of "));
    CHECK(contains(error.message, "check the API base URL and the API's CA file"));
  }
  CHECK(fixture.box.record().polls == 0);
}
