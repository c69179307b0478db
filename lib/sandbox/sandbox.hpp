// Sandbox: an emulated Aluvia on loopback, with an API, a gateway, a built-in origin (all three plain and
// over TLS) and a DNS server, for trying out, for users' tests and for the tests of this project. It needs no
// network and no account.
//
// It does not use loop/ and net/, because it is the peer in the tests of both and must not share their bugs.
// It also does what net::Stream does not allow: it cuts, stalls and resets a connection at any byte.
//
//   Sandbox sandbox(SandboxOptions{.rules = {"*.example.com"}});
//   if (const auto started = sandbox.start(); !started) …started.error()…
#pragma once

#include "base/result.hpp"
#include "sandbox/dns_answer.hpp"
#include "sandbox/fault.hpp"
#include "sandbox/record.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::sandbox {

/// TCP ports on 127.0.0.1; dns is UDP and TCP.
struct Ports {
  std::uint16_t api = 0;
  std::uint16_t api_tls = 0;
  std::uint16_t gateway = 0;
  std::uint16_t gateway_tls = 0;
  std::uint16_t origin = 0;
  std::uint16_t origin_tls = 0;
  std::uint16_t dns = 0;
};

struct SandboxOptions {
  std::string token = {};  ///< empty: `sandbox-` and random letters and digits
  std::vector<std::string> rules = {};
  Ports ports = {};     ///< 0: a free port
  bool online = false;  ///< the gateway resolves host names by the name servers
  /// The built-in origin responds with a page about the request: HTML to clients that accept it, else text;
  /// JSON only on request.
  bool has_pages = false;
  std::filesystem::path ca_file =
      {};  ///< empty: in a temporary folder (mode 0700) that is removed at the end
};

/// Runs on a thread of its own between start() and destruction. All other members are thread-safe once
/// start() has succeeded, and must not be called before; changes have taken effect when the call returns.
class Sandbox {
 public:
  explicit Sandbox(SandboxOptions options);
  /// Ends every connection and joins the thread.
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// Call once. All ports listen when it returns. The error is a sentence about a port that is taken or a CA
  /// file that cannot be written.
  Result<void, std::string> start();

  const Ports& ports() const noexcept;
  const std::string& token() const noexcept;
  /// The sandbox's own CA as file and as text. It signs every certificate of API, gateway and origin.
  const std::filesystem::path& ca_file() const noexcept;
  const std::string& ca_pem() const noexcept;
  /// Returns the pin of the key of these certificates (RFC 7469 §2.4), for Chromium, which reads no CA file.
  std::string key_pin() const;
  /// http://127.0.0.1:PORT and https://127.0.0.1:PORT
  std::string api_url() const;
  std::string api_tls_url() const;

  /// Changes the response to `GET /user` and its ETag. `json` is the body of `PUT /sandbox/user`.
  Result<void, std::string> set_user(std::string_view json);
  void set_rules(std::vector<std::string> rules);
  /// Returns `Basic …`, the credentials that the gateway requires now.
  std::string gateway_authorization() const;

  /// Sets the fault of the responses to /user, or of the gateway's to CONNECT and absolute-form requests;
  /// nullopt ends it.
  void set_api_fault(std::optional<Fault> fault);
  void set_gateway_fault(std::optional<Fault> fault);

  /// Sets the answer for one name, in any letter case, without the last dot.
  void set_dns(std::string_view name, DnsAnswer answer);

  Record record() const;
  std::vector<SeenRequest> requests() const { return record().requests; }
  std::vector<SeenConnect> connects() const { return record().connects; }
  void clear_requests();
  /// Waits until `holds` is true for the record; false if `timeout` passes first. `holds` runs under a lock,
  /// so it must be quick and not call the sandbox.
  bool wait_for(const std::function<bool(const Record&)>& holds,
                std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;

 private:
  class Running;

  SandboxOptions options_;
  std::unique_ptr<Running> running_;
};

}  // namespace aluvia::sandbox
