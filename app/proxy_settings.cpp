#include "proxy_settings.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace aluvia::app {
namespace {

// With and without brackets, for programs read IPv6 addresses in either way.
constexpr const char* loopback = "localhost,127.0.0.1,::1,[::1]";

// `text` with every `what` in it replaced.
std::string replaced(std::string_view text, char what, std::string_view with) {
  std::string out;
  for (const char c : text) out += c == what ? std::string(with) : std::string(1, c);
  return out;
}

// One word for `shell`, which stands for exactly `value`.
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

}  // namespace

Variables proxy_variables(const std::string& url) {
  return {{"HTTP_PROXY", url},         {"HTTPS_PROXY", url},     {"ALL_PROXY", url}, {"NO_PROXY", loopback},
          {"http_proxy", url},         {"https_proxy", url},     {"all_proxy", url}, {"no_proxy", loopback},
          {"NODE_USE_ENV_PROXY", "1"}, {"ALUVIA_PROXY_URL", url}};
}

std::optional<std::string> shell_lines(const Variables& variables, std::string_view shell) {
  static constexpr std::array<std::string_view, 10> known{"sh",   "bash", "zsh",  "dash",       "ksh",
                                                          "fish", "csh",  "tcsh", "powershell", "pwsh"};
  if (std::ranges::find(known, shell) == known.end()) return std::nullopt;
  std::string out;
  for (const auto& [name, value] : variables) out += line(name, value, shell);
  return out;
}

std::vector<std::string> browser_arguments(const std::string& url) {
  return {"--proxy-server=" + url, "--proxy-bypass-list=localhost;127.0.0.1;[::1]", "--disable-quic",
          "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"};
}

}  // namespace aluvia::app
