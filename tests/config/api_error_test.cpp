// Tests of ApiError and ControlStatus: their texts and HTTP statuses.
#include "config/api_error.hpp"

#include "config/control_status.hpp"

#include <chrono>

#include <catch2/catch.hpp>

using namespace aluvia::config;
using Kind = ApiError::Kind;
using Cause = ApiError::Cause;

TEST_CASE(
    "A call without a usable response is unreachable, or a bad answer where the response was too large") {
  CHECK(no_response(Cause::connect, "no").kind == Kind::unreachable);
  CHECK(no_response(Cause::too_large, "no").kind == Kind::bad_answer);
  CHECK(no_response(Cause::tls, "no").cause == Cause::tls);
  CHECK(no_response(Cause::time_out, "why").message == "why");
}

TEST_CASE("Every kind of error has a code and a class of HTTP status, from which the exit status follows") {
  CHECK(code(Kind::token_refused) == "token_refused");
  CHECK(http_status(Kind::token_refused) == 401);
  CHECK(code(Kind::not_running) == "not_running");
  CHECK(http_status(Kind::not_running) == 503);
  CHECK(http_status(Kind::conflict) == 409);
}

TEST_CASE("Only the owner of the account can end a refused token and an unpaid bill") {
  CHECK(needs_owner(Kind::token_refused));
  CHECK(needs_owner(Kind::payment_required));
  CHECK_FALSE(needs_owner(Kind::rate_limited));
  CHECK_FALSE(needs_owner(Kind::unreachable));
}

TEST_CASE(
    "An error repeats another one of its kind, status and cause; the text of a bad answer does not count") {
  ApiError first = no_response(Cause::connect, "port 1");
  ApiError second = no_response(Cause::connect, "port 2");
  CHECK(same_error(first, second));
  second.cause = Cause::tls;
  CHECK_FALSE(same_error(first, second));
  second.cause = Cause::connect;
  second.status = 500;
  CHECK_FALSE(same_error(first, second));
  second.kind = Kind::api_error;
  CHECK_FALSE(same_error(first, second));
  first.kind = second.kind = Kind::bad_answer;
  CHECK(same_error(first, second));
}

TEST_CASE(
    "The status names the error of the last call, none after a success, and starting before the first") {
  ControlStatus status;
  CHECK(trouble(status) == "starting");
  CHECK_FALSE(status.ready());
  status.version = 1;
  status.last_poll_at = ControlStatus::Time{};
  CHECK(trouble(status) == "none");
  CHECK(status.ready());
  status.error = no_response(Cause::connect, "no");
  CHECK(trouble(status) == "unreachable");
  CHECK(status.ready());
  status.error->kind = Kind::payment_required;
  CHECK(trouble(status) == "payment_required");
  CHECK_FALSE(status.ready());
}
