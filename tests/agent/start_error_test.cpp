// Each error of the specification (§7), once per cause.
#include "agent/fixture.hpp"

using namespace aluvia;
using namespace aluvia::agent;
using namespace std::chrono_literals;
using agent::test::Fixture;
using sandbox::Fault;
using sandbox::FaultKind;

namespace {

// Expects start() to throw, and to succeed once the cause is gone.
template <class Error>
Error thrown(const AgentConnectClientOptions& options) {
  AgentConnectClient client(options);
  try {
    client.start();
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
    CHECK(std::string(error.what()).find("token-1") == std::string::npos);
    return error;
  }
  FAIL("start() succeeded");
  throw std::logic_error("unreachable");
}

ApiError api_error(Fault fault) {
  Fixture fixture;
  fixture.box.set_api_fault(std::move(fault));
  return thrown<ApiError>(fixture.options());
}

}  // namespace

TEST_CASE("401 is an InvalidUserTokenError") {
  const Fixture fixture;
  auto options = fixture.options();
  options.token = Secret("wrong");
  CHECK_THAT(thrown<InvalidUserTokenError>(options).what(),
             Catch::Contains("401") && Catch::Contains("check the token"));
}

TEST_CASE("403 is an InvalidUserTokenError") {
  Fixture fixture;
  fixture.box.set_api_fault(Fault{.status = 403});
  CHECK_THAT(thrown<InvalidUserTokenError>(fixture.options()).what(), Catch::Contains("403"));
}

TEST_CASE("Any other status is an ApiError that carries it") {
  for (const int status : {404, 429, 500, 503}) {
    const auto error = api_error(Fault{.status = status});
    CHECK(error.kind() == ApiError::Kind::unavailable);
    CHECK(error.status_code() == status);
    CHECK_THAT(error.what(), Catch::Contains(std::to_string(status)));
  }
}

TEST_CASE("An answer that is no configuration is an ApiError of another kind") {
  for (const char* const body : {"<html>", "", "[]", R"({"rules":["*"]})", R"({"proxy_username":"u"})"}) {
    const auto error = api_error(Fault{.status = 200, .body = body});
    CHECK(error.kind() == ApiError::Kind::bad_answer);
    CHECK(error.status_code() == 200);
  }
}

TEST_CASE("A connection that is closed without an answer is an ApiError without a status") {
  for (const auto kind : {FaultKind::close, FaultKind::reset}) {
    const auto error = api_error(Fault{.kind = kind});
    CHECK(error.kind() == ApiError::Kind::unavailable);
    CHECK_FALSE(error.status_code());
  }
}

TEST_CASE("An API without a listener is an ApiError that names the address") {
  std::string url;
  {
    const Fixture gone;
    url = gone.box.api_url();
  }
  AgentConnectClientOptions options;
  options.token = Secret("token-1");
  options.api_base_url = url;
  const auto error = thrown<ApiError>(options);
  CHECK(error.kind() == ApiError::Kind::unavailable);
  CHECK_FALSE(error.status_code());
  CHECK_THAT(error.what(), Catch::Contains(url.substr(7)));
}

TEST_CASE("A port in use is a ProxyStartError that names it") {
  const Fixture fixture;
  auto options = fixture.options();
  options.local_port = fixture.box.ports().origin;
  CHECK_THAT(thrown<ProxyStartError>(options).what(), Catch::Contains(std::to_string(options.local_port)));
}

TEST_CASE("A port in use is found before the API is asked") {
  Fixture fixture;
  fixture.box.set_api_fault(Fault{.status = 401});
  auto options = fixture.options();
  options.local_port = fixture.box.ports().origin;
  CHECK_THROWS_AS(AgentConnectClient(options).start(), ProxyStartError);
  CHECK_THROWS_AS(AgentConnectClient(options).check(), InvalidUserTokenError);
}

TEST_CASE("After a failed start the client starts once the cause is gone") {
  Fixture fixture;
  fixture.box.set_api_fault(Fault{.status = 503});
  AgentConnectClient client(fixture.options());
  CHECK_THROWS_AS(client.start(), ApiError);
  CHECK_THROWS_AS(client.start(), ApiError);
  fixture.box.set_api_fault(std::nullopt);
  CHECK(client.start().port() != 0);
}

TEST_CASE("Every error is an AgentConnectError") {
  Fixture fixture;
  fixture.box.set_api_fault(Fault{.status = 500});
  AgentConnectClient client(fixture.options());
  CHECK_THROWS_AS(client.start(), AgentConnectError);
  CHECK_THROWS_AS(AgentConnectClient(AgentConnectClientOptions{}), AgentConnectError);
}
