#include "try_text.hpp"

#include "wrapped_text.hpp"

#include <fmt/format.h>

namespace aluvia::app {
namespace {

// Without the scheme, which curl does not need and 80 columns have no space for.
std::string_view authority_of(std::string_view url) {
  return url.substr(url.find("//") + 2);
}

// The JVM takes words apart at spaces that are not in quotes.
std::string java_property(std::string_view name, std::string_view value) {
  const std::string_view quote = value.find(' ') == value.npos ? "" : "\"";
  return fmt::format(" {}-D{}={}{}", quote, name, value, quote);
}

std::string java_proxy(std::string_view url) {
  const std::string_view authority = authority_of(url);
  const std::size_t colon = authority.rfind(':');
  std::string_view host = authority.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  std::string out;
  for (const std::string_view scheme : {"http", "https"}) {
    out += java_property(fmt::format("{}.proxyHost", scheme), host);
    out += java_property(fmt::format("{}.proxyPort", scheme), authority.substr(colon + 1));
  }
  return out + java_property("http.nonProxyHosts", "localhost|127.*|[::1]");
}

}  // namespace

std::string try_text(const std::string& url, const std::string& ca_file, const std::string& routes,
                     std::optional<std::size_t> width) {
  const std::string_view authority = authority_of(url);
  const std::string command = wrapped_command({fmt::format("curl -x {}", shell_word(authority)),
                                               "--cacert " + shell_word(ca_file), "https://example.com"},
                                              0, width);
  const std::string page = fmt::format(
      "let page = await browser.newPage({{ proxy: {{ server: '{}' }}, ignoreHTTPSErrors: true }})",
      authority);
  const std::string lines = fmt::format("Proxy: {0}{1}\nPage: {0}/\n", url, routes);
  return fmt::format("{}{}\n{}\nStop: Ctrl-C\n", width ? fitted(lines, *width) : lines, command,
                     width ? wrapped(page, 0, 2, *width) : page);
}

Variables trust_variables(const TrustFiles& files, const std::string& url, const Inherited& inherited) {
  Variables out{{"CURL_CA_BUNDLE", files.ca},
                {"SSL_CERT_FILE", files.ca},
                {"REQUESTS_CA_BUNDLE", files.ca},
                {"NODE_EXTRA_CA_CERTS", files.ca}};
  if (!files.key_pin.empty()) {
    const std::string trust = "--ignore-certificate-errors-spki-list=" + files.key_pin;
    out.emplace_back("ALUVIA_BROWSER_ARGS", browser_variable(inherited.browser_arguments, trust));
  }
  if (files.java_store.empty()) return out;
  std::string java = inherited.java_options + java_property("javax.net.ssl.trustStore", files.java_store);
  java += java_property("javax.net.ssl.trustStoreType", "PKCS12");
  java += java_property("javax.net.ssl.trustStorePassword", files.java_password);
  java += java_proxy(url);
  out.emplace_back("JAVA_TOOL_OPTIONS", java.substr(java.find_first_not_of(' ')));
  return out;
}

}  // namespace aluvia::app
