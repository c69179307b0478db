// Tests of the requests that the proxy's own port responds to, and of their access rules.
#include "admin/self_endpoint.hpp"

#include "admin/explain.hpp"
#include "sample.hpp"

#include <regex>

#include <catch2/catch.hpp>

using namespace aluvia::admin;
using namespace aluvia::admin::test;
using aluvia::config::ApiError;
namespace http = aluvia::http;

namespace {

std::string ask(const std::string& request, StatusProvider provider, const Access& access) {
  http::RequestHeadReader reader;
  REQUIRE(reader.read(request).is_done());
  const auto target = http::parse_target(reader.head());
  REQUIRE(target);
  const auto body = reader.head().method == "HEAD" ? Body::left_out : Body::sent;
  std::string out;
  SelfEndpoint(std::move(provider), access).answer(reader.head(), *target, [&](const Answer& answer) {
    out = std::string(render(answer, body).view());
  });
  return out;
}

std::string ask(const std::string& request, StatusSnapshot what = status(), const Access& access = {}) {
  return ask(request, source(std::move(what)), access);
}

std::string get(const std::string& path, StatusSnapshot what = status(),
                const std::string& host = "127.0.0.1:54321") {
  return ask("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n", std::move(what));
}

// Returns `head` with its Content-Length replaced by n.
std::string without_length(const std::string& head) {
  return std::regex_replace(head, std::regex("Content-Length: [1-9][0-9]*"), "Content-Length: n");
}

const std::vector<std::string> paths{
    "/livez",   "/readyz", "/startupz",  "/metrics", "/status",
    "/tunnels", "/",       "/proxy.pac", "/live",    "/explain?url=shop.example",
    "/usage"};
const std::vector<std::string> web_paths{"/page.css", "/page.js", "/icon.svg"};

}  // namespace

TEST_CASE("Every place on the proxy's port answers its own host, under its address and under localhost") {
  for (const std::string& path : paths) {
    CAPTURE(path);
    for (const std::string host : {"127.0.0.1:54321", "localhost:54321", "LOCALHOST.:54321", "127.1:54321"}) {
      CHECK(has(get(path, status(), host), "HTTP/1.1 200 OK\r\n"));
    }
  }
}

TEST_CASE("A query behind the path makes no difference") {
  CHECK(has(get("/readyz?verbose"), "HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("A foreign Host gets 421 on every path, also on those that do not exist") {
  for (const std::string host :
       {"evil.example:54321", "127.0.0.1.evil.example:54321", "127.0.0.1", "127.0.0.1:80", "localhost:54322",
        "127.0.0.2:54321", "[::1]:54321", "localhost.evil:54321", ""}) {
    for (const std::string path : {"/status", "/", "/nothing"}) {
      CAPTURE(host, path);
      const std::string answer = get(path, status(), host);
      CHECK(has(answer, "HTTP/1.1 421 Misdirected Request\r\n"));
      CHECK_FALSE(has(answer, "shop.example"));
    }
  }
  CHECK(has(ask("GET /status HTTP/1.0\r\n\r\n"), "HTTP/1.1 421 "));
}

TEST_CASE("A foreign Host gets only 421, whatever the method") {
  CHECK(has(ask("POST /status HTTP/1.1\r\nHost: evil.example\r\n\r\n"), "HTTP/1.1 421 "));
}

TEST_CASE("A proxy on another loopback address is asked by that one") {
  StatusSnapshot six = status();
  six.url = "http://[::1]:54321";
  CHECK(has(get("/livez", six, "[::1]:54321"), " 200 "));
  CHECK(has(get("/livez", six, "localhost:54321"), " 200 "));
  CHECK(has(get("/livez", six, "127.0.0.1:54321"), " 421 "));
}

TEST_CASE("A proxy beyond loopback is asked by any address or localhost, and by no name") {
  const Access access(true, {});
  const auto answer = [&](const std::string& path, const std::string& host) {
    return ask("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n", status(), access);
  };
  for (const std::string host : {"127.0.0.1:54321", "192.0.2.7:54321", "192.0.2.7", "10.0.0.1:8080",
                                 "[fd00::1]:54321", "localhost:9000", "0xc0000207:54321"}) {
    CAPTURE(host);
    CHECK(has(answer("/status", host), "HTTP/1.1 200 OK\r\n"));
  }
  for (const std::string host : {"evil.example:54321", "127.0.0.1.evil.example:54321", "a.localhost:54321",
                                 "", "1.2.3.4.5:54321", "localhost.evil.example"}) {
    CAPTURE(host);
    for (const std::string path : {"/status", "/livez", "/nothing"}) CHECK(has(answer(path, host), " 421 "));
  }
  CHECK(has(answer("/proxy.pac", "192.0.2.7:8888"), "return \"PROXY 192.0.2.7:8888\";"));
  CHECK(has(answer("/proxy.pac", "[fd00::1]:8888"), "return \"PROXY [fd00::1]:8888\";"));
}

TEST_CASE(
    "Where clients need credentials, all that tells of hosts and traffic does; probes and proxy.pac do not") {
  for (const bool is_public : {true, false}) {
    const Access access(is_public, aluvia::Secret("agent:open:sesame"));
    const auto answer = [&](const std::string& path, const std::string& fields) {
      return ask("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:54321\r\n" + fields + "\r\n", status(),
                 access);
    };
    const std::string right = "Authorization: Basic YWdlbnQ6b3BlbjpzZXNhbWU=\r\n";
    for (const std::string path : {"/livez", "/readyz", "/startupz", "/proxy.pac"}) {
      CHECK(has(answer(path, ""), "HTTP/1.1 200 OK\r\n"));
    }
    for (const std::string path : {"/status", "/tunnels", "/metrics", "/", "/live", "/page.js",
                                   "/explain?url=shop.example", "/usage", "/nothing"}) {
      CAPTURE(path);
      for (const std::string& wrong :
           {std::string(), std::string("Authorization: Basic YWdlbnQ6b3BlbjpzZXNhbWX=\r\n"), right + right,
            std::string("Proxy-Authorization: Basic YWdlbnQ6b3BlbjpzZXNhbWU=\r\n")}) {
        const std::string refused = answer(path, wrong);
        CHECK(has(refused, "HTTP/1.1 401 Unauthorized\r\n"));
        CHECK(has(refused, "\r\nWWW-Authenticate: Basic realm=\"aluvia-connect\"\r\n"));
        CHECK_FALSE(has(refused, "shop.example"));
      }
      CHECK(has(answer(path, right), path == "/nothing" ? " 404 " : " 200 "));
    }
    CHECK(has(ask("GET /status HTTP/1.1\r\nHost: evil.example\r\n" + right + "\r\n", status(), access),
              " 421 "));
  }
}

TEST_CASE("HEAD gets the head of the same answer and no body") {
  for (const std::string& path : paths) {
    const std::string whole = get(path);
    const std::string head = ask("HEAD " + path + " HTTP/1.1\r\nHost: localhost:54321\r\n\r\n");
    const std::string expected = whole.substr(0, whole.find("\r\n\r\n") + 4);
    // The processor time in the metrics grows, and its digits with it.
    if (path == "/metrics") {
      CHECK(without_length(head) == without_length(expected));
    } else {
      CHECK(head == expected);
    }
  }
}

TEST_CASE("Every other method gets 405 and the list of those there are") {
  for (const std::string method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get"}) {
    for (const std::string& path : paths) {
      const std::string answer = ask(method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1:54321\r\n\r\n");
      CHECK(has(answer, "HTTP/1.1 405 Method Not Allowed\r\n"));
      CHECK(has(answer, "\r\nAllow: GET, HEAD\r\n"));
    }
  }
}

TEST_CASE("Another path gets 404 and the paths there are") {
  const std::string answer = get("/rules");
  CHECK(has(answer, "HTTP/1.1 404 "));
  CHECK(has(answer, "/readyz"));
}

TEST_CASE("No answer lets another site's page read, frame, sniff or keep it") {
  for (const std::string& path : paths) {
    const std::string answer =
        ask("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:54321\r\nOrigin: https://evil.example\r\n\r\n");
    CHECK_FALSE(has(answer, "Access-Control-"));
    CHECK(has(answer, "\r\nCache-Control: no-store\r\n"));
    CHECK(has(answer, "\r\nX-Content-Type-Options: nosniff\r\n"));
    CHECK(has(answer, "\r\nCross-Origin-Resource-Policy: same-origin\r\n"));
    CHECK(has(answer, "frame-ancestors 'none'"));
  }
}

TEST_CASE("The files of the page are compressed for clients that accept it, and sent once") {
  for (const std::string& path : web_paths) {
    CAPTURE(path);
    const auto answer = [&](const std::string& fields) {
      return ask("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:54321\r\n" + fields + "\r\n");
    };
    const std::string plain = answer("");
    CHECK(has(plain, "HTTP/1.1 200 OK\r\n"));
    CHECK(has(plain, "\r\nCache-Control: no-cache\r\n"));
    CHECK_FALSE(has(plain, "Content-Encoding"));
    const std::string packed = answer("Accept-Encoding: gzip, deflate, br\r\n");
    CHECK(has(packed, "\r\nContent-Encoding: gzip\r\n"));
    CHECK(has(packed, "\r\n\r\n\x1f\x8b\x08"));
    CHECK_FALSE(has(answer("Accept-Encoding: gzip;q=0\r\n"), "Content-Encoding"));
    const auto at = plain.find("ETag: ") + 6;
    const std::string etag = plain.substr(at, plain.find("\r\n", at) - at);
    const std::string known = answer("If-None-Match: W/" + etag + "\r\n");
    CHECK(has(known, "HTTP/1.1 304 Not Modified\r\n"));
    CHECK(known.ends_with("\r\n\r\n"));
    CHECK(has(answer("If-None-Match: \"another\"\r\n"), " 200 "));
  }
}

TEST_CASE("Beyond loopback hosts and rules are shown only where clients need credentials") {
  const auto answer = [&](const std::string& path, const Access& access) {
    const std::string right = "Authorization: Basic YWdlbnQ6b3BlbjpzZXNhbWU=\r\n";
    return ask("GET " + path + " HTTP/1.1\r\nHost: 192.0.2.7\r\n" + right + "\r\n", status(), access);
  };
  for (const std::string path : {"/", "/tunnels", "/live", "/explain?url=shop.example", "/usage"}) {
    CAPTURE(path);
    CHECK(has(answer(path, Access(true, {})), "HTTP/1.1 403 Forbidden\r\n"));
    CHECK_FALSE(has(answer(path, Access(true, {})), "shop.example"));
    CHECK(has(answer(path, Access(true, aluvia::Secret("agent:open:sesame"))), " 200 "));
  }
  for (const std::string path : {"/livez", "/status", "/metrics", "/proxy.pac"})
    CHECK(has(answer(path, Access(true, {})), " 200 "));
}

TEST_CASE("A private page leaves probes, proxy.pac and metrics on the port, and nothing that names a host") {
  Access access;
  access.is_private = true;
  const auto answer = [&](const std::string& path) {
    return ask("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:54321\r\n\r\n", status(), access);
  };
  for (const std::string path : {"/livez", "/readyz", "/startupz", "/metrics", "/proxy.pac"})
    CHECK(has(answer(path), " 200 "));
  for (const std::string path : {"/", "/status", "/tunnels", "/live", "/live?since=1",
                                 "/explain?url=shop.example", "/usage?by=rule"}) {
    CAPTURE(path);
    CHECK(has(answer(path), "HTTP/1.1 403 Forbidden\r\n"));
    CHECK_FALSE(has(answer(path), "shop.example"));
  }
}

TEST_CASE("Metrics on the port name hosts only where pages may, and those of the Unix socket always") {
  StatusProvider provider = source(status());
  provider.hosts = [] {
    aluvia::ledger::UsageRow row{"shop.example", {}, {}};
    row.routes[0].requests = 1;
    return std::vector{row};
  };
  const auto names_a_host = [&](const Access& access, const std::string& fields) {
    const std::string answer =
        ask("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:54321\r\n" + fields + "\r\n", provider, access);
    CHECK(has(answer, " 200 "));
    return has(answer, "host=\"shop.example\"");
  };
  const std::string credentials = "Authorization: Basic dXNlcjpwYXNz\r\n";
  Access hidden;
  hidden.is_private = true;
  CHECK(names_a_host(Access(), ""));
  CHECK_FALSE(names_a_host(hidden, ""));
  CHECK_FALSE(names_a_host(Access(true, aluvia::Secret()), ""));
  CHECK(names_a_host(Access(true, aluvia::Secret("user:pass")), credentials));
  CHECK(has(answer_probe({provider, "/metrics", Audience::owner}).body, "host=\"shop.example\""));
}

TEST_CASE("Live takes the number of the last request that is known, and rejects anything else") {
  CHECK(has(get("/live?since=17"), "\r\n\r\n{\"seq\":17}\n"));
  CHECK(has(get("/live"), "\r\n\r\n{\"seq\":0}\n"));
  for (const std::string wrong : {"x", "-1", "1.5", "", "99999999999999999999"})
    CHECK(has(get("/live?since=" + wrong), "HTTP/1.1 400 "));
}

TEST_CASE("Explain on the port names the route and the rule, and not the host of the gateway's last error") {
  CHECK(has(get("/explain?url=https://shop.example/"), "\"route\":\"gateway\",\"rule\":\"*.shop.example\""));
  StatusProvider provider = source(status());
  provider.explain = [](const http::Authority&, const std::function<void(Explanation)>& done) {
    Explanation found{aluvia::rules::Route::gateway, "*", 7};
    found.trouble = "no answer about private.example";
    done(std::move(found));
  };
  for (const Audience audience : {Audience::anyone, Audience::owner}) {
    explain(provider, "/explain?url=shop.example", Format::json, audience, [&](const Answer& answer) {
      CHECK(has(answer.body, "private.example") == (audience == Audience::owner));
    });
  }
  CHECK(has(get("/explain"), "HTTP/1.1 400 "));
  CHECK(has(get("/explain?url=%00"), "HTTP/1.1 400 "));
}

TEST_CASE("No answer holds a secret or a value that only the owner may see") {
  StatusSnapshot what = status();
  what.api.error =
      ApiError{ApiError::Kind::payment_required, "pay at https://aluvia.example/claim/owner-only", 402,
               "https://aluvia.example/claim/owner-only"};
  what.api.failures_in_row = 3;
  for (const std::string& path : paths) {
    CAPTURE(path);
    const std::string answer = get(path, what);
    for (const std::string_view hidden : {"gate-user", "gate-secret", "Basic ", "session42", "owner-only"}) {
      CHECK_FALSE(has(answer, hidden));
    }
  }
}

TEST_CASE("Readyz says in one line why the proxy is not ready; livez and startupz do not mind") {
  StatusSnapshot refused = status();
  refused.api.error = ApiError{ApiError::Kind::token_refused, "no such token", 401};
  CHECK(has(get("/readyz", refused), "HTTP/1.1 503 Service Unavailable\r\n"));
  CHECK(has(get("/readyz", refused), "\r\n\r\nthe API refuses the token\n"));
  CHECK(has(get("/livez", refused), " 200 "));
  CHECK(has(get("/startupz", refused), " 200 "));

  StatusSnapshot stopping = status();
  stopping.stopping = true;
  CHECK(has(get("/readyz", stopping), "\r\n\r\nthe proxy is stopping\n"));
}

TEST_CASE("A gateway that is down makes the proxy not ready, unless no rule could need it") {
  StatusSnapshot down = status();
  down.gateway.ok = false;
  down.gateway.reason = "no answer about private.example";
  CHECK(has(get("/readyz", down), "\r\n\r\nthe gateway cannot be used\n"));
  CHECK_FALSE(has(get("/status", down), "private.example"));
  down.snapshot = snapshot({});
  CHECK(has(get("/readyz", down), " 200 "));
}

TEST_CASE("Before the first configuration neither startupz nor readyz is 200") {
  StatusSnapshot early = status();
  early.snapshot.reset();
  CHECK(has(get("/startupz", early), " 503 "));
  CHECK(has(get("/readyz", early), " 503 "));
  CHECK(has(get("/status", early), "\"ready\":false"));
}

TEST_CASE("An API that cannot be reached leaves the proxy ready") {
  StatusSnapshot cut_off = status();
  cut_off.api.error = ApiError{ApiError::Kind::unreachable, "connection refused"};
  cut_off.api.failures_in_row = 9;
  CHECK(has(get("/readyz", cut_off), " 200 "));
}

TEST_CASE("proxy.pac names the proxy, leaves loopback alone and never falls back to a direct connection") {
  const std::string answer = get("/proxy.pac");
  CHECK(has(answer, "Content-Type: application/x-ns-proxy-autoconfig\r\n"));
  CHECK(has(answer, "return \"PROXY 127.0.0.1:54321\";"));
  CHECK_FALSE(has(answer, "; DIRECT"));
}
