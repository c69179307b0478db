// The sandbox: an emulated Aluvia on loopback, with an API, a gateway, a built-in origin (all three plain and
// over TLS) and a DNS server. For trying out, for users' tests and for the tests of this project. It needs no
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
  bool online = false;  ///< the gateway resolves host names for real
  /// The built-in origin answers people a page that shows what it saw: HTML where they accept it, else text;
  /// JSON only where that is asked for.
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

  /// Once only. Everything listens when it returns. The error is a sentence: a port that is taken, a CA file
  /// that cannot be written.
  Result<void, std::string> start();

  const Ports& ports() const noexcept;
  const std::string& token() const noexcept;
  /// The sandbox's own CA, as file and as text. Every certificate of API, gateway and origin is signed by it.
  const std::filesystem::path& ca_file() const noexcept;
  const std::string& ca_pem() const noexcept;
  /// Pin of the one key of those certificates (RFC 7469 §2.4), for Chromium, which reads no CA file.
  std::string key_pin() const;
  /// http://127.0.0.1:PORT and https://127.0.0.1:PORT
  std::string api_url() const;
  std::string api_tls_url() const;

  /// Changes what `GET /user` answers, with a new ETag: the body of `PUT /sandbox/user`.
  Result<void, std::string> set_user(std::string_view json);
  void set_rules(std::vector<std::string> rules);
  /// `Basic …`, as the gateway demands it now.
  std::string gateway_authorization() const;

  /// Faults of the answers to /user, and of the gateway's to CONNECT and absolute-form requests; nullopt ends
  /// them.
  void set_api_fault(std::optional<Fault> fault);
  void set_gateway_fault(std::optional<Fault> fault);

  /// For that name alone, in any letter case, without the last dot.
  void set_dns(std::string_view name, DnsAnswer answer);

  Record record() const;
  std::vector<SeenRequest> requests() const { return record().requests; }
  std::vector<SeenConnect> connects() const { return record().connects; }
  void clear_requests();
  /// Waits until `holds` is true for the record; false when `timeout` passed first. `holds` runs under a
  /// lock: it must be quick and call nothing of the sandbox.
  bool wait_for(const std::function<bool(const Record&)>& holds,
                std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;

 private:
  class Running;

  SandboxOptions options_;
  std::unique_ptr<Running> running_;
};

}  // namespace aluvia::sandbox
