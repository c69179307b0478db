// Tests the lines and the variables of `try`.
#include "try_text.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace aluvia::app;
using Catch::Contains;

namespace {

std::string value_of(const Variables& variables, std::string_view name) {
  const auto found =
      std::ranges::find(variables, name, [](const auto& one) { return std::string_view(one.first); });
  return found == variables.end() ? "unset" : found->second;
}

}  // namespace

TEST_CASE("The text of try has five lines, whose commands need no change") {
  CHECK(
      try_text("http://127.0.0.1:54321", "/tmp/aluvia-Ab1/ca.pem", " (routes)") ==
      "Proxy: http://127.0.0.1:54321 (routes)\n"
      "Page: http://127.0.0.1:54321/\n"
      "curl -x 127.0.0.1:54321 --cacert /tmp/aluvia-Ab1/ca.pem https://example.com\n"
      "let page = await browser.newPage({ proxy: { server: '127.0.0.1:54321' }, ignoreHTTPSErrors: true })\n"
      "Stop: Ctrl-C\n");
}

TEST_CASE("The lines of try fit 80 and 100 columns, and can be pasted as they are") {
  const auto text = [](std::size_t width) {
    return try_text("http://127.0.0.1:54321", "/tmp/a-rather-long-folder/aluvia-Ab1234/ca.pem",
                    " (gateway: example.com; direct: other hosts)", width);
  };
  CHECK(text(100).find(" \\\n") == std::string::npos);
  CHECK_THAT(text(80), Contains(":54321 \\\n  --cacert /tmp/a-rather-long-folder/"));
  CHECK_THAT(text(80), Contains("server: '127.0.0.1:54321' },\n  ignoreHTTPSErrors: true })\n"));
  for (const std::size_t width : {80U, 100U}) {
    const std::string lines = text(width);
    for (std::size_t begin = 0; begin < lines.size(); begin = lines.find('\n', begin) + 1)
      CHECK(lines.find('\n', begin) - begin <= width);
  }
}

TEST_CASE("The curl command of try quotes what a shell would read otherwise") {
  const std::string text = try_text("http://[::1]:54321", "/tmp/it's here/ca.pem", "");
  CHECK(text.find("curl -x '[::1]:54321' --cacert '/tmp/it'\\''s here/ca.pem' https://") != text.npos);
}

TEST_CASE("A word of a shell is in quotes only where it needs them") {
  CHECK(shell_word("/tmp/a-b_c.1/ca.pem") == "/tmp/a-b_c.1/ca.pem");
  CHECK(shell_word("") == "''");
  for (const std::string text : {"a b", "$HOME", "a;b", "~/x", "*", "a\nb"})
    CHECK(shell_word(text) == "'" + text + "'");
}

TEST_CASE("The trust variables name the CA for every client that reads one") {
  const Variables variables = trust_variables({"/d/ca.pem", "", "", ""}, "http://127.0.0.1:1", {});
  for (const char* const name :
       {"CURL_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"})
    CHECK(value_of(variables, name) == "/d/ca.pem");
  CHECK(value_of(variables, "JAVA_TOOL_OPTIONS") == "unset");
}

TEST_CASE("Chromium gets the pin of the sites' key behind the arguments that it has already") {
  const auto arguments = [](const std::string& pin) {
    return value_of(trust_variables({"/d/ca.pem", "", "", pin}, "http://127.0.0.1:1", {"", "--no-sandbox"}),
                    "ALUVIA_BROWSER_ARGS");
  };
  CHECK(arguments("q83v=") ==
        browser_variable("--no-sandbox") + " --ignore-certificate-errors-spki-list=q83v=");
  CHECK(arguments("") == "unset");
}

TEST_CASE("Java gets the trust store and the proxy, behind the options that it has already") {
  const TrustFiles files{"/d/ca.pem", "/with space/store.p12", "word", ""};
  CHECK(value_of(trust_variables(files, "http://[::1]:8080", {"-Xmx1g", ""}), "JAVA_TOOL_OPTIONS") ==
        "-Xmx1g \"-Djavax.net.ssl.trustStore=/with space/store.p12\" -Djavax.net.ssl.trustStoreType=PKCS12 "
        "-Djavax.net.ssl.trustStorePassword=word -Dhttp.proxyHost=::1 -Dhttp.proxyPort=8080 "
        "-Dhttps.proxyHost=::1 "
        "-Dhttps.proxyPort=8080 -Dhttp.nonProxyHosts=localhost|127.*|[::1]");
  CHECK(value_of(trust_variables(files, "http://127.0.0.1:1", {}), "JAVA_TOOL_OPTIONS")
            .starts_with("\"-Djavax"));
}
