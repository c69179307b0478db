#include "proxy_settings.hpp"

#include "base/ascii.hpp"
#include "base/secret.hpp"
#include "http/basic_credentials.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fmt/format.h>

namespace aluvia::app {
namespace {

// Has IPv6 with and without brackets, because programs differ in the form that they read.
constexpr const char* loopback = "localhost,127.0.0.1,::1,[::1]";

// Chromium reads the WebRTC policy from the first spelling, its headless shell and older versions from the
// one with "force".
constexpr std::array<std::string_view, 3> no_bypass{
    "--disable-quic", "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"};

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// Returns `text` with every `what` in it replaced.
std::string replaced(std::string_view text, char what, std::string_view with) {
  std::string out;
  for (const char c : text) out += c == what ? std::string(with) : std::string(1, c);
  return out;
}

// Quotes `value` as one word for `shell`.
std::string quoted(std::string_view value, std::string_view shell) {
  if (shell == "fish") return fmt::format("'{}'", replaced(replaced(value, '\\', "\\\\"), '\'', "\\'"));
  if (shell == "powershell" || shell == "pwsh") return fmt::format("'{}'", replaced(value, '\'', "''"));
  std::string inside = replaced(value, '\'', "'\\''");
  // The C shells look for ! and line ends between quotes, too.
  if (shell == "csh" || shell == "tcsh") inside = replaced(replaced(inside, '!', "\\!"), '\n', "\\\n");
  return fmt::format("'{}'", inside);
}

std::string line(std::string_view name, std::string_view value, std::string_view shell) {
  const std::string word = quoted(value, shell);
  if (shell == "fish") return fmt::format("set -gx {} {}\n", name, word);
  if (shell == "csh" || shell == "tcsh") return fmt::format("setenv {} {}\n", name, word);
  if (shell == "powershell" || shell == "pwsh") return fmt::format("$env:{} = {}\n", name, word);
  return fmt::format("export {}={}\n", name, word);
}

// Adds the server and the credentials separately, for programs such as Playwright. Without credentials the
// variables are empty, not missing, so that the program does not inherit those of an outer proxy.
void add_parts(std::string_view url, Variables& out) {
  const std::string_view scheme = "http://";
  const std::string_view rest = url.substr(scheme.size());
  const std::size_t at = rest.find('@');
  const bool has_credentials = at != rest.npos;
  const Secret credentials = http::user_and_password_of(rest.substr(0, has_credentials ? at : 0));
  const std::string_view both = credentials.reveal();
  const std::size_t colon = std::min(both.find(':'), both.size());
  out.emplace_back("ALUVIA_PROXY_SERVER", std::string(scheme).append(rest, has_credentials ? at + 1 : 0));
  out.emplace_back("ALUVIA_PROXY_USERNAME", both.substr(0, colon));
  out.emplace_back("ALUVIA_PROXY_PASSWORD", both.substr(std::min(colon + 1, both.size())));
}

}  // namespace

Variables proxy_variables(const std::string& url) {
  Variables out{{"HTTP_PROXY", url},      {"HTTPS_PROXY", url},   {"ALL_PROXY", url},
                {"NO_PROXY", loopback},   {"http_proxy", url},    {"https_proxy", url},
                {"all_proxy", url},       {"no_proxy", loopback}, {"NODE_USE_ENV_PROXY", "1"},
                {"ALUVIA_PROXY_URL", url}};
  add_parts(url, out);
  const char* const inherited = std::getenv("ALUVIA_BROWSER_ARGS");
  out.emplace_back("ALUVIA_BROWSER_ARGS", browser_variable(inherited ? inherited : ""));
  return out;
}

std::string browser_variable(std::string_view inherited, std::string_view more) {
  std::vector<std::string> out(no_bypass.begin(), no_bypass.end());
  for (const std::string_view source : {inherited, more}) {
    for (std::string& word : words_of(source)) {
      if (std::ranges::find(out, word) == out.end()) out.push_back(std::move(word));
    }
  }
  return fmt::format("{}", fmt::join(out, " "));
}

Variables merged(Variables variables, Variables more) {
  for (auto& one : more) {
    std::erase_if(variables, [&](const auto& other) { return other.first == one.first; });
    variables.push_back(std::move(one));
  }
  return variables;
}

std::optional<std::string> shell_lines(const Variables& variables, std::string_view shell) {
  static constexpr std::array<std::string_view, 10> known{"sh",   "bash", "zsh",  "dash",       "ksh",
                                                          "fish", "csh",  "tcsh", "powershell", "pwsh"};
  if (std::ranges::find(known, shell) == known.end()) return std::nullopt;
  std::string out;
  for (const auto& [name, value] : variables) out += line(name, value, shell);
  return out;
}

std::string shell_word(std::string_view text) {
  const auto is_plain = [](char c) {
    return ascii::is_alnum(c) || std::string_view("/._:-+@%").find(c) != std::string_view::npos;
  };
  return !text.empty() && std::ranges::all_of(text, is_plain) ? std::string(text) : quoted(text, "sh");
}

std::vector<std::string> browser_arguments(const std::string& url) {
  std::vector<std::string> out{"--proxy-server=" + url, "--proxy-bypass-list=localhost;127.0.0.1;[::1]"};
  out.insert(out.end(), no_bypass.begin(), no_bypass.end());
  return out;
}

}  // namespace aluvia::app
