// Tests that the URL of a proxy is parsed strictly, because it goes into shells and command lines.
#include "proxy_url.hpp"

#include <string>

#include <catch2/catch.hpp>

using aluvia::app::is_proxy_url;

TEST_CASE("The URL that a proxy reports is accepted") {
  for (const char* const url :
       {"http://127.0.0.1:8080", "http://192.168.1.5:8080", "http://[::1]:8080", "http://[2001:db8::1]:8080",
        "http://user:p%40ss@127.0.0.1:8080", "http://a.b-c_d~e:@127.0.0.1:8080"}) {
    CHECK(is_proxy_url(url, 8080));
  }
}

TEST_CASE("Another spelling, a name, another port, or anything more is not the URL of a proxy") {
  for (const char* const url : {"",
                                "http://",
                                "127.0.0.1:8080",
                                "https://127.0.0.1:8080",
                                "HTTP://127.0.0.1:8080",
                                "http://127.0.0.1",
                                "http://127.0.0.1:",
                                "http://127.0.0.1:8081",
                                "http://127.0.0.1:08080",
                                "http://127.0.0.1:8080/",
                                "http://127.0.0.1:8080 ",
                                " http://127.0.0.1:8080",
                                "http://127.0.0.1:8080'",
                                "http://127.0.0.1:8080?x",
                                "http://127.0.0.1:8080#x",
                                "http://127.0.0.1:8080\n",
                                "http://127.1:8080",
                                "http://0x7f.0.0.1:8080",
                                "http://localhost:8080",
                                "http://proxy.example:8080",
                                "http://::1:8080",
                                "http://[::1%25lo]:8080",
                                "http://[0:0:0:0:0:0:0:1]:8080",
                                "http://[::1]8080",
                                "http://user@127.0.0.1:8080",
                                "http://us'er:p@127.0.0.1:8080",
                                "http://u:p%4@127.0.0.1:8080",
                                "http://u:p%zz@127.0.0.1:8080",
                                "http://u:$(id)@127.0.0.1:8080",
                                "http://u:p@u:p@127.0.0.1:8080",
                                "http://u:\xc2\x9b@127.0.0.1:8080"}) {
    INFO(url);
    CHECK_FALSE(is_proxy_url(url, 8080));
  }
  CHECK_FALSE(is_proxy_url(std::string("http://127.0.0.1:8080\0", 22), 8080));
}
