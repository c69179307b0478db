// Makes the variables and arguments with which other programs use the proxy, in the syntax of shells and
// browsers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aluvia::app {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// Returns HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY (loopback) in both letter cases,
/// NODE_USE_ENV_PROXY, ALUVIA_PROXY_URL, and its parts: ALUVIA_PROXY_SERVER without credentials,
/// ALUVIA_PROXY_USERNAME and ALUVIA_PROXY_PASSWORD unescaped, empty if `url` has none; and
/// ALUVIA_BROWSER_ARGS, which keeps the arguments of this process's variable. `url` is
/// http://[USER:PASSWORD@]ADDRESS:PORT, as the proxy reports it.
Variables proxy_variables(const std::string& url);

/// Returns arguments, separated by spaces, for a Chromium that has the proxy already: those that keep QUIC
/// and WebRTC over UDP from bypassing it, then those of `inherited` and `more` that are not there yet.
std::string browser_variable(std::string_view inherited, std::string_view more = {});

/// Returns `variables` with `more`; one of `more` replaces the one of the same name.
Variables merged(Variables variables, Variables more);

/// Returns lines that set the variables in `shell`: sh, bash, zsh, dash, ksh, fish, csh, tcsh or powershell
/// (pwsh). Returns nothing for another shell.
std::optional<std::string> shell_lines(const Variables& variables, std::string_view shell);

/// Returns `text` as one word of a POSIX shell, in quotes only where it needs them.
std::string shell_word(std::string_view text);

/// Returns arguments of Chromium that send everything except loopback through the proxy: no QUIC, and no
/// WebRTC over UDP, which would bypass it.
std::vector<std::string> browser_arguments(const std::string& url);

}  // namespace aluvia::app
