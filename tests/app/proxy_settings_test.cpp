// What programs, shells and browsers are told.
#include "proxy_settings.hpp"

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
  CHECK(all.size() == 10);
  for (const auto& [name, value] : all) {
    if (name == "NO_PROXY" || name == "no_proxy") CHECK(value == "localhost,127.0.0.1,::1,[::1]");
  }
}
