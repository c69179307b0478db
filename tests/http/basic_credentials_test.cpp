// Tests of Basic credentials in fields, options and URLs.
#include "http/basic_credentials.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace aluvia;
using namespace aluvia::http;

TEST_CASE("The token stands behind the scheme, in any letter case and behind any number of spaces") {
  for (const char* const value : {"Basic dTpw", "basic dTpw", "BASIC   dTpw"})
    CHECK(basic_token(value) == "dTpw");
  for (const char* const value :
       {"", "Basic", "Basic ", "Bearer dTpw", "Basicx dTpw", "dTpw", " Basic dTpw"}) {
    CAPTURE(value);
    CHECK(basic_token(value).empty());
  }
}

TEST_CASE("A user and a password are a user without a colon, a colon and a password") {
  for (const char* const text : {"u:p", "u:p:q", "u: ", "u:", "a@b:p%/?"}) CHECK(is_user_and_password(text));
  for (const std::string& text :
       {std::string(), std::string("u"), std::string(":"), std::string(":p"), std::string("u:p\n"),
        std::string("u:p\xc3\xa4"), std::string("u:\x7f"), "u:" + std::string(254, 'p')}) {
    CAPTURE(text);
    CHECK_FALSE(is_user_and_password(text));
  }
  CHECK(is_user_and_password("u:" + std::string(253, 'p')));
}

TEST_CASE("In a URL all but unreserved characters are escaped, and the first colon parts the two") {
  CHECK(url_userinfo(Secret("u:p")).reveal() == "u:p");
  CHECK(url_userinfo(Secret("u:")).reveal() == "u:");
  CHECK(url_userinfo(Secret("a@b:c:d/e?f#g %~")).reveal() == "a%40b:c%3Ad%2Fe%3Ff%23g%20%25~");
}

TEST_CASE("The userinfo of a URL is read back as the user and password it was made of") {
  for (const char* const text : {"u:p", "u:", "a@b:c:d/e?f#g %~", "u:%41%zz%", "u:'\"$`\\"}) {
    CAPTURE(text);
    CHECK(user_and_password_of(url_userinfo(Secret(text)).reveal()).reveal() == text);
  }
  CHECK(user_and_password_of("u:%7e%7E%4").reveal() == "u:~~%4");
}

TEST_CASE("The token of a user and a password is their base64") {
  CHECK(basic_token_of(Secret("user:secret")).reveal() == "dXNlcjpzZWNyZXQ=");
}
