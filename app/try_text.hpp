// The lines that `try` prints, and the variables that it sets for a command.
#pragma once

#include "proxy_settings.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace aluvia::app {

/// Five lines for a terminal: the proxy, the page, one curl command, one line for Playwright, how to stop.
/// `routes` names the routes behind the proxy's URL; may be empty. A terminal of fewer columns gets the two
/// lines to paste in several, which mean the same. No width: five lines.
std::string try_text(const std::string& url, const std::string& ca_file, const std::string& routes,
                     std::optional<std::size_t> width = std::nullopt);

struct TrustFiles {
  std::string ca;          ///< PEM
  std::string java_store;  ///< PKCS #12; empty: none could be made
  std::string java_password;
  std::string key_pin;  ///< of the sites' key, for Chromium; empty: unknown
};

/// Variables of this process that the command's begin with.
struct Inherited {
  std::string java_options;       ///< JAVA_TOOL_OPTIONS
  std::string browser_arguments;  ///< ALUVIA_BROWSER_ARGS
};

/// The certificate variables of curl, OpenSSL, Python and Node, the arguments of Chromium, and the options of
/// Java, whose proxy they set as well. They replace the system's certificates, except that Node adds to its
/// own, and that Chromium accepts any certificate for the key of the sites and checks all others.
/// JAVA_TOOL_OPTIONS and ALUVIA_BROWSER_ARGS begin with the values that they had before.
Variables trust_variables(const TrustFiles& files, const std::string& url, const Inherited& inherited);

}  // namespace aluvia::app
