#include "admin/page.hpp"

#include "admin/status_text.hpp"

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string_view authority_of(const std::string& url) {
  return std::string_view(url).substr(url.find("//") + 2);
}

}  // namespace

std::string page(const StatusSnapshot& status) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>aluvia-connect</title>\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<style>:root{{color-scheme:light dark}}"
      "body{{font:16px/1.5 system-ui,sans-serif;max-width:48em;margin:3em auto;padding:0 1em}}"
      "pre{{background:#8882;border-radius:6px;padding:1em;overflow:auto}}</style></head><body>\n"
      "<h1>aluvia-connect</h1>\n"
      "<p>This is a proxy: set <code>{}</code> as the proxy of your browser or HTTP client.</p>\n"
      "<pre>{}</pre>\n"
      "<p><a href=\"/status\">status</a> · <a href=\"/tunnels\">tunnels</a> · <a "
      "href=\"/metrics\">metrics</a>"
      " · <a href=\"/proxy.pac\">proxy.pac</a> · <a href=\"/readyz\">readyz</a></p>\n"
      "<p>Nothing can be changed here; <code>aluvia-connect help</code> lists the commands that can.</p>\n"
      "</body></html>\n",
      escaped(status.url), escaped(status_text(status, Audience::anyone)));
}

std::string proxy_pac(const StatusSnapshot& status) {
  return fmt::format(
      "function FindProxyForURL(url, host) {{\n"
      "  host = host.toLowerCase();\n"
      "  if (host === \"localhost\" || shExpMatch(host, \"*.localhost\") || shExpMatch(host, \"127.*\") ||\n"
      "      host === \"::1\" || host === \"[::1]\") return \"DIRECT\";\n"
      "  return \"PROXY {}\";\n"
      "}}\n",
      authority_of(status.url));
}

}  // namespace aluvia::admin
