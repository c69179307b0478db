// Tests the settings for programs, shells and browsers.
#include "proxy_settings.hpp"

#include <algorithm>
#include <string_view>

#include <catch2/catch.hpp>

using namespace aluvia::app;

TEST_CASE("Every shell gets its own way to set a variable, and an unknown one nothing") {
  const Variables one{{"NAME", "http://127.0.0.1:1"}};
  for (const char* const shell : {"sh", "bash", "zsh", "dash", "ksh"}) {
    CHECK(shell_lines(one, shell) == "export NAME='http://127.0.0.1:1'\n");
  }
  CHECK(shell_lines(one, "fish") == "set -gx NAME 'http://127.0.0.1:1'\n");
  CHECK(shell_lines(one, "tcsh") == "setenv NAME 'http://127.0.0.1:1'\n");
  CHECK(shell_lines(one, "pwsh") == "$env:NAME = 'http://127.0.0.1:1'\n");
  for (const char* const shell : {"", "cmd", "BASH"}) CHECK_FALSE(shell_lines(one, shell));
}

TEST_CASE("A value is one word for its shell, whatever characters are in it") {
  const Variables one{{"N", "a'b\\c!d$e`f"}};
  CHECK(shell_lines(one, "bash") == "export N='a'\\''b\\c!d$e`f'\n");
  CHECK(shell_lines(one, "fish") == "set -gx N 'a\\'b\\\\c!d$e`f'\n");
  CHECK(shell_lines(one, "csh") == "setenv N 'a'\\''b\\c\\!d$e`f'\n");
  CHECK(shell_lines(one, "powershell") == "$env:N = 'a''b\\c!d$e`f'\n");
  CHECK(shell_lines({{"N", "a\nb"}}, "tcsh") == "setenv N 'a\\\nb'\n");
}

TEST_CASE("Variables stand in both letter cases, and none names loopback for the proxy") {
  const Variables all = proxy_variables("http://127.0.0.1:1");
  CHECK(all.size() == 14);
  for (const auto& [name, value] : all) {
    if (name == "NO_PROXY" || name == "no_proxy") CHECK(value == "localhost,127.0.0.1,::1,[::1]");
  }
}

TEST_CASE("Merged variables keep each name once, with its last value") {
  CHECK(merged({{"A", "1"}, {"B", "2"}}, {{"C", "3"}, {"A", "4"}}) ==
        Variables{{"B", "2"}, {"C", "3"}, {"A", "4"}});
}

TEST_CASE("The browser's arguments keep those that are there, each once") {
  const std::string own =
      "--disable-quic --webrtc-ip-handling-policy=disable_non_proxied_udp "
      "--force-webrtc-ip-handling-policy=disable_non_proxied_udp";
  CHECK(browser_variable("") == own);
  CHECK(browser_variable(own) == own);
  CHECK(browser_variable("  --no-sandbox  --a=b ", "--c --a=b") == own + " --no-sandbox --a=b --c");
}

TEST_CASE("The server, user and password of the proxy are set apart, unescaped") {
  const auto value = [](const Variables& all, std::string_view name) {
    return std::ranges::find(all, name, &Variables::value_type::first)->second;
  };
  const Variables with = proxy_variables("http://agent:p%40ss%3Aw%2Frd%20x%27@127.0.0.1:1");
  CHECK(value(with, "ALUVIA_PROXY_URL") == "http://agent:p%40ss%3Aw%2Frd%20x%27@127.0.0.1:1");
  CHECK(value(with, "ALUVIA_PROXY_SERVER") == "http://127.0.0.1:1");
  CHECK(value(with, "ALUVIA_PROXY_USERNAME") == "agent");
  CHECK(value(with, "ALUVIA_PROXY_PASSWORD") == "p@ss:w/rd x'");
  const Variables no_password = proxy_variables("http://agent:@[::1]:1");
  CHECK(value(no_password, "ALUVIA_PROXY_SERVER") == "http://[::1]:1");
  CHECK(value(no_password, "ALUVIA_PROXY_USERNAME") == "agent");
  CHECK(value(no_password, "ALUVIA_PROXY_PASSWORD").empty());
  const Variables without = proxy_variables("http://127.0.0.1:1");
  CHECK(value(without, "ALUVIA_PROXY_SERVER") == "http://127.0.0.1:1");
  CHECK(value(without, "ALUVIA_PROXY_USERNAME").empty());
  CHECK(value(without, "ALUVIA_PROXY_PASSWORD").empty());
}
