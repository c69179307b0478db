// Provides a started sandbox and the requests that the tests send to it.
#pragma once

#include "client.hpp"
#include "sandbox/sandbox.hpp"

#include <string>
#include <utility>

#include <catch2/catch.hpp>

namespace aluvia::sandbox::test {

struct Fixture {
  explicit Fixture(SandboxOptions options = {.token = "token-1"}) : box(std::move(options)) {
    const auto started = box.start();
    INFO((started ? std::string() : started.error()));
    REQUIRE(started);
  }

  std::string credentials() const { return "Proxy-Authorization: " + box.gateway_authorization() + "\r\n"; }
  std::string connect_request(const std::string& authority) const {
    return "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n" + credentials() + "\r\n";
  }
  std::string absolute_get(const std::string& host, const std::string& path) const {
    return "GET http://" + host + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + credentials() + "\r\n";
  }

  Sandbox box;
};

inline std::string get(const std::string& path, const std::string& fields = {}) {
  return "GET " + path + " HTTP/1.1\r\nHost: site.example\r\n" + fields + "\r\n";
}

inline std::string request(const std::string& method, const std::string& path, const std::string& body,
                           const std::string& fields = {}) {
  return method + " " + path +
         " HTTP/1.1\r\nHost: site.example\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         fields + "\r\n" + body;
}

inline const std::string bearer = "Authorization: Bearer token-1\r\n";

}  // namespace aluvia::sandbox::test
