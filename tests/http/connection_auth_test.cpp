// Tests of the detection of NTLM and Negotiate.
#include "http/connection_auth.hpp"

#include <string_view>

#include <catch2/catch.hpp>

using namespace aluvia::http;

namespace {

bool binds(std::string_view name, std::string_view value) {
  return binds_connection({{"Host", "a"}, {name, value}});
}

}  // namespace

TEST_CASE("NTLM and Negotiate bind a connection in every field of authentication, in any letter case") {
  for (const char* const name : {"Authorization", "proxy-authorization", "WWW-Authenticate",
                                 "Proxy-Authenticate", "authentication-info", "Proxy-Authentication-Info"}) {
    INFO(name);
    for (const char* const value :
         {"NTLM", "ntlm TlRMTVNTUAABAAAA", "Negotiate", "NEGOTIATE oYG2==", "Negotiate\tYII="}) {
      INFO(value);
      CHECK(binds(name, value));
    }
    CHECK_FALSE(binds(name, "Basic dTpw"));
  }
}

TEST_CASE("A scheme counts at any place of a list of challenges") {
  CHECK(binds("WWW-Authenticate", "Basic realm=\"a\", NTLM"));
  CHECK(binds("WWW-Authenticate", "Digest realm=\"a, b\", nonce=\"\\\"\" ,Negotiate, Basic realm=\"c\""));
  CHECK(binds("WWW-Authenticate", ",,NTLM TlRMTVNTUAACAAAA=="));
  CHECK(binds_connection({{"WWW-Authenticate", "Basic realm=\"a\""}, {"WWW-Authenticate", "NTLM"}}));
}

TEST_CASE("A list whose quotes do not end binds where one reader would see a scheme") {
  CHECK(binds("WWW-Authenticate", "Basic realm=\"C:\\\", NTLM"));
  CHECK(binds("WWW-Authenticate", "Basic realm=\"C:\\\", NTLM, Digest realm=\"D:\\\""));
  CHECK(binds("WWW-Authenticate", "Basic realm=\"a, Negotiate"));
}

TEST_CASE("Persistent-Auth binds with any value") {
  CHECK(binds("Persistent-Auth", "true"));
  CHECK(binds("persistent-auth", "false"));
  CHECK(binds("Persistent-Auth", ""));
}

TEST_CASE("Other schemes, parameters, quoted text and other fields do not bind") {
  CHECK_FALSE(binds_connection({}));
  CHECK_FALSE(binds("WWW-Authenticate", "Basic realm=\"a, NTLM, Negotiate\", charset=\"UTF-8\""));
  CHECK_FALSE(binds("WWW-Authenticate", "Digest realm=\"a\", ntlm=1, Negotiate = \"x\""));
  CHECK_FALSE(binds("WWW-Authenticate", "NTLM2, xNegotiate, Negotiate-2"));
  CHECK_FALSE(binds("Authentication-Info", "nextnonce=\"NTLM\""));
  CHECK_FALSE(binds("Authorization", "Bearer NTLM"));
  CHECK_FALSE(binds("X-Authorization", "NTLM"));
  CHECK_FALSE(binds("Server", "NTLM"));
}
