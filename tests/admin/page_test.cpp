// Tests the page that a browser gets at the proxy's own address.
#include "admin/page.hpp"

#include "admin/web_files.hpp"
#include "sample.hpp"

#include <catch2/catch.hpp>

using namespace aluvia;
using namespace aluvia::admin;
using namespace aluvia::admin::test;

namespace {

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t out = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++out;
  return out;
}

std::string fact(std::string_view name, std::string_view value) {
  return "<dt>" + std::string(name) + "</dt><dd>" + std::string(value) + "</dd>";
}

}  // namespace

TEST_CASE("The page shows proxy, state, traffic, tunnels and rules under headings of their own") {
  StatusSnapshot what = status();
  what.snapshot = snapshot({"shop.example", "*.cdn.example"}, {"-img.example"});
  const std::string text = page(what, tunnels());
  CHECK(has(text, "<code>http://127.0.0.1:54321</code>"));
  CHECK(has(text, "class=\"state good\">ready<"));
  CHECK(has(text, fact("Gateway", "http://gateway.aluvia.io:8080, ok")));
  CHECK(has(text, fact("Geo", "us-ny")));
  CHECK(has(text, fact("Configuration", "version 7, 1 min 0 s ago")));
  CHECK(has(text, fact("API", "asked 2.0 s ago")));
  CHECK(has(text, fact("Open now", "0 connections, 1 tunnel")));
  CHECK(has(text, fact("Up for", "1 min 30 s")));
  CHECK(has(text, "data-label=\"received\">1.5 KB<"));
  CHECK(has(text, "<th scope=\"row\">shop.example:443</th>"));
  CHECK(has(text, "and 2 more"));
  CHECK(has(text, "<li><code>-img.example</code> <small>local</small></li>"));
  CHECK(has(text, "<li><code>*.cdn.example</code></li>"));
  for (const char* const title : {"State", "Live", "Traffic", "Rules"})
    CHECK(has(text, ">" + std::string(title) + "</h2>"));
}

TEST_CASE("The page shows neither credentials nor which session it is") {
  const std::string text = page(status(), tunnels());
  CHECK(has(text, fact("Session", "set")));
  for (const char* const secret : {"session42", "gate-user", "gate-secret"}) CHECK_FALSE(has(text, secret));
}

TEST_CASE("The page gives the reasons where the proxy is not ready") {
  StatusSnapshot down = status();
  down.gateway = {false, std::chrono::seconds(75), "gateway.test refused"};
  const std::string text = page(down, {});
  CHECK(has(text, "class=\"state bad\">not ready<"));
  CHECK(has(text, "failing for 1 min 15 s"));
  CHECK(has(text, "<p class=\"line bad\">"));
  CHECK_FALSE(has(text, "gateway.test refused"));
  CHECK(has(text, "No tunnel is open."));
  StatusSnapshot failing = status();
  failing.api.error = config::ApiError{config::ApiError::Kind::unreachable, "connection refused"};
  failing.api.failures_in_row = 3;
  CHECK(has(page(failing, {}), "3 failed in a row"));
}

TEST_CASE("The page works before the first configuration, and without rules") {
  StatusSnapshot first = status();
  first.snapshot = nullptr;
  CHECK_FALSE(has(page(first, {}), "id=\"still-rules\""));
  CHECK(has(page(first, {}), "class=\"state bad\">not ready<"));
  StatusSnapshot none = status();
  none.snapshot = snapshot({});
  CHECK(has(page(none, {}), "None: every host goes direct."));
}

TEST_CASE("The page lists a hundred rules at most, and counts the others") {
  StatusSnapshot many = status();
  many.snapshot = snapshot(std::vector<std::string>(500, "a.example"), {"b.example"});
  const std::string text = page(many, {});
  CHECK(count_of(text, "<li>") == 100);
  CHECK(count_of(text, "<li><code>b.example</code> <small>local</small></li>") == 1);
  CHECK(has(text, "and 401 more"));
}

TEST_CASE("The page shows no text of the API, of clients or of sites as markup") {
  const std::string hostile = "<script>&\"";
  StatusSnapshot what = status();
  what.snapshot = snapshot({hostile}, {hostile}, hostile);
  telemetry::TunnelViews views = tunnels();
  views.tunnels.front().host = views.tunnels.front().why = hostile;
  const std::string text = page(what, views);
  CHECK(count_of(text, "<script") == 1);
  CHECK(has(text, "<script src=\"page.js\" defer></script>"));
  CHECK(count_of(text, "&lt;script&gt;&amp;") == 5);
}

TEST_CASE("The page loads its own files only, and has no style or script between its lines") {
  const std::string text = page(status(), tunnels());
  for (const char* const part :
       {"<style", "<img", "url(", "@import", " style=", " onload=", " onclick=", "javascript:"})
    CHECK_FALSE(has(text, part));
  CHECK(count_of(text, " src=") == 1);
  CHECK(count_of(text, "<link ") == 2);
  CHECK_FALSE(has(text, "@"));
}

TEST_CASE("The script of the page makes no markup of a text") {
  const std::string_view script = web_text("page.js");
  for (const char* const part : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("})
    CHECK_FALSE(has(script, part));
  CHECK_FALSE(has(web_text("page.css"), "url("));
}
