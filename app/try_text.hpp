// The lines that `try` prints, and the variables that it sets for a command.
#pragma once

#include "proxy_settings.hpp"

#include <string>

namespace aluvia::app {

/// Five lines for a terminal: the proxy, the page, one curl command, one line for Playwright, how to stop.
/// `routes` names the routes behind the proxy's URL; may be empty.
std::string try_text(const std::string& url, const std::string& ca_file, const std::string& routes);

struct TrustFiles {
  std::string ca;          ///< PEM
  std::string java_store;  ///< PKCS #12; empty: none could be made
  std::string java_password;
};

/// The certificate variables of curl, OpenSSL, Python and Node, and the options of Java, whose proxy they set
/// as well. They replace the system's certificates, except that Node adds to its own. `java_options` is what
/// JAVA_TOOL_OPTIONS was before, and comes first.
Variables trust_variables(const TrustFiles& files, const std::string& url, const std::string& java_options);

}  // namespace aluvia::app
