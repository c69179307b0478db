// Variables and arguments that make other programs use the proxy, in the syntax of shells and browsers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aluvia::app {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY (loopback) and their lower-case twins, NODE_USE_ENV_PROXY,
/// ALUVIA_PROXY_URL, and its parts: ALUVIA_PROXY_SERVER without credentials, ALUVIA_PROXY_USERNAME and
/// ALUVIA_PROXY_PASSWORD unescaped, empty where `url` has none. `url` is http://[USER:PASSWORD@]ADDRESS:PORT,
/// as a proxy calls itself.
Variables proxy_variables(const std::string& url);

/// Lines that set them, for `shell`: sh, bash, zsh, dash, ksh, fish, csh, tcsh or powershell (pwsh). Nothing
/// for a shell that is not known.
std::optional<std::string> shell_lines(const Variables& variables, std::string_view shell);

/// Arguments of Chromium with which everything but loopback takes the proxy: no QUIC, and no WebRTC over
/// UDP, which would go around it.
std::vector<std::string> browser_arguments(const std::string& url);

}  // namespace aluvia::app
