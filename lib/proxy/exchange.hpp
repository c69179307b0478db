// Exchange: one plain HTTP request and its response, sent in absolute-form to the gateway or in origin-form
// to the origin. Both bodies move at the same time, and the exchange ends when both messages have ended: a
// server may respond before it has read the body of the request, and still want it.
#pragma once

#include "http/head.hpp"
#include "http/target.hpp"
#include "net/stream.hpp"
#include "proxy/client_watch.hpp"
#include "proxy/exchange_watch.hpp"
#include "proxy/gateway/response_retry.hpp"
#include "proxy/proxy_error.hpp"
#include "proxy/response_relay.hpp"
#include "proxy/services.hpp"
#include "proxy/upload.hpp"
#include "proxy/upstream/bound_upstreams.hpp"

#include <memory>
#include <optional>
#include <string>

namespace aluvia::proxy {

/// The client's request as it was read. The views point into the connection's buffer.
struct ClientRequest {
  const http::RequestHead& head;
  const http::Target& target;
  http::Framing framing;
  std::size_t head_size;  ///< bytes of the buffer that are the head
  loop::TimePoint begun;  ///< when the head was complete
};

class Exchange {
 public:
  enum class End {
    keep,   ///< the response is sent; the connection may carry the next request, which may be in the buffer
    close,  ///< the response is sent; the connection ends, and the client may still be sending
    handed_over,  ///< became a tunnel, which owns the client's stream
    broken,       ///< the client has gone or its response was cut: nothing more can be sent
    failed,       ///< no byte of a response was sent: send failure(), then close
  };

  /// The connection that the request came on.
  struct Client {
    net::Stream& stream;
    loop::TaskStop stop;
    BoundUpstreams::Share& bound;  ///< upstream connections that only this client may use
    std::string& buffer;           ///< bytes read from it: the head of the request and possibly more
    /// Of the client; null if no record is to have it. Outlives the exchange, or becomes a tunnel's.
    std::unique_ptr<const std::string>& address;
  };
  Exchange(Services& services, const Client& client, const ClientRequest& request);
  ~Exchange();

  /// Called once.
  loop::Task<End> run();

  /// Valid after End::failed.
  const ProxyError& failure() const noexcept { return *failure_; }
  const Decision& decision() const noexcept { return decision_; }
  telemetry::RequestId id() const noexcept { return services_.reporter.id_of(account_.trace().number); }
  const http::Authority& authority() const noexcept { return authority_; }

  /// Storage for the fields of the response: lent before run(), given back after it.
  void lend(http::Fields storage) noexcept { response_.lend(std::move(storage)); }
  http::Fields give_back() noexcept { return response_.give_back(); }

 private:
  struct Upstream {
    net::Stream stream;
    bool bound = false;  ///< saw connection-bound authentication: no other client may use it
  };
  /// Facts about the request that are needed after its head has been sent.
  struct Traits {
    Traits(const ClientRequest& request, rules::Route route);

    std::string method;
    bool keeps_client;              ///< another request may follow on the client's connection
    bool closes_upstream;           ///< the origin receives `Connection: close`
    bool is_repeatable;             ///< idempotent, without a body
    bool binds;                     ///< authenticates its connection
    bool expects_continue;          ///< waits for 100, and need not send its body after any other response
    std::string offered_protocols;  ///< the Upgrade that was forwarded; empty for none
  };

  void write_request_head(const ClientRequest& request);
  bool take_kept_upstream();
  bool is_repeatable() const noexcept;
  loop::MaybeTask<bool> is_to_be_sent_again(const HeadOutcome& outcome);
  bool may_ask_gateway_again();
  bool is_upstream_bound() const noexcept;
  void stop_sending();
  loop::Task<End> become_tunnel();
  Result<void, ProxyError> start_response();
  bool may_keep_client() noexcept;
  bool may_withhold_body() const noexcept;
  void note_response_sent();
  End settle();
  void keep_upstream(bool client_stays);
  void adopt(net::Stream stream, bool is_bound);
  void report();

  // In exchange_faults.cpp.
  void on_upload_end();
  void on_look();
  bool has_client_failed() const noexcept;
  bool is_upload_hopeless(loop::TimePoint now) noexcept;
  bool is_kept_one_lost() noexcept;
  bool has_kept_one_died(const HeadOutcome& outcome) const noexcept;
  std::string whom() const;
  End fail(ProxyError error);
  End fail_without_response(const HeadOutcome& outcome);
  ProxyError no_response(const HeadOutcome& outcome);
  ProxyError rejected_credentials() const;
  ProxyError malformed_response(const http::ParseError& error) const;

  Services& services_;
  BoundUpstreams::Share& bound_;
  std::string& buffer_;
  std::unique_ptr<const std::string>& address_;  // of the client
  const http::Authority& authority_;             // of the target, which outlives this
  Decision decision_;
  OpenRequest account_;
  Caller caller_;
  const Traits request_;
  std::string outgoing_;  // the head of the request, with a credential on the gateway's route
  std::optional<Upstream> upstream_;
  Upload upload_;
  ResponseRelay response_;
  ResponseRetry retry_;
  ExchangeWatch watch_;
  std::optional<ProxyError> failure_;
  int status_ = 0;               // of the response; 0: none has begun
  bool is_handed_over_ = false;  // the tunnel reports the request
};

}  // namespace aluvia::proxy
