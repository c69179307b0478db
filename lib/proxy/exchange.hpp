// One plain HTTP request and its response: sent on in absolute-form to the gateway or in origin-form to the
// origin, bodies moving both ways at once. It is over when both messages are: a server may answer before it
// has read the request's body, and still want it.
#pragma once

#include "http/head.hpp"
#include "http/target.hpp"
#include "loop/deadline.hpp"
#include "loop/event.hpp"
#include "net/pump.hpp"
#include "proxy/body_filter.hpp"
#include "proxy/client_watch.hpp"
#include "proxy/gateway/response_retry.hpp"
#include "proxy/head_io.hpp"
#include "proxy/proxy_error.hpp"
#include "proxy/services.hpp"
#include "proxy/upload.hpp"
#include "proxy/upstream/bound_upstreams.hpp"

#include <optional>
#include <span>
#include <string>

namespace aluvia::proxy {

/// The client's request as it was read. The views point into the connection's buffer.
struct ClientRequest {
  const http::RequestHead& head;
  const http::Target& target;
  http::Framing framing;
  std::size_t head_size;  ///< bytes of the buffer that are the head
};

class Exchange {
 public:
  enum class End {
    keep,   ///< answered; the connection may carry the next request, whose bytes may stand in the buffer
    close,  ///< answered; the connection ends, and the client may still be sending
    handed_over,  ///< became a tunnel: the client's stream has gone there
    broken,       ///< the client is gone or was cut: nothing more can be said
    failed,       ///< nothing was answered yet: failure() is to be told, then close
  };

  /// `bound` are the upstream connections that only this client may use. `buffer` holds what was read from
  /// the client: the request's head and possibly more.
  Exchange(Services& services, const Caller& caller, BoundUpstreams::Share& bound, std::string& buffer,
           const ClientRequest& request);
  ~Exchange();

  loop::Task<End> run();

  /// Valid after End::failed.
  const ProxyError& failure() const noexcept { return *failure_; }
  const Decision& decision() const noexcept { return decision_; }
  const http::Authority& authority() const noexcept { return authority_; }

  /// Storage for the response's fields: lent before run(), given back after it.
  void lend(http::Fields storage) noexcept { response_.take_storage(std::move(storage)); }
  http::Fields give_back() noexcept { return response_.give_storage(); }

 private:
  struct Upstream {
    net::Stream stream;
    bool reused = false;
    bool bound = false;  ///< saw connection-bound authentication: no other client may use it
  };
  enum class Reply { head_read, interim, try_again, over };

  void write_request_head(const ClientRequest& request);
  bool may_ask_gateway_again();
  loop::MaybeTask<bool> is_to_be_sent_again();
  void begin_again();
  void stop_sending();
  bool take_kept_upstream();
  loop::Task<bool> dial(bool may_be_warm);
  void on_upload_end();
  HeadOutcome begin_response();
  HeadOutcome try_response_head();
  void keep_arrived();
  void drop_response_head();
  Reply judge(const HeadOutcome& outcome);
  loop::Task<Reply> pass_interim();
  Reply explain_silence(const HeadOutcome& outcome);
  loop::MaybeTask<End> pass_response();
  loop::Task<End> relay_response();
  void prepare_response(http::Framing framing);
  bool take_first_body_bytes();
  loop::Task<bool> pump_response_body();
  bool is_upload_under_way() noexcept;
  void note_answered();
  End settle();
  loop::Task<End> become_tunnel();
  void keep_upstream();
  void count_download() noexcept;
  bool has_client_failed() const noexcept;
  void give_up_response();
  void on_deadline();
  bool is_upload_hopeless(loop::TimePoint now);
  bool is_kept_one_lost() noexcept;
  void watch();
  std::string whom() const;
  End fail(ProxyErrorKind kind, std::string details, int status = 0);
  End fail_refused();
  End fail_malformed(const http::ParseError& error);
  void tell(int status) const;

  Services& services_;
  Caller caller_;
  net::Stream& client_;
  BoundUpstreams::Share& bound_;
  std::string& buffer_;
  const http::Authority& authority_;  // of the target, which outlives this
  Decision decision_;

  // Of the request: what is needed after its head has gone.
  std::string method_;
  int client_minor_;
  bool client_keeps_;
  bool asks_origin_to_close_;      // the request goes on with `Connection: close`
  std::string offered_protocols_;  // the Upgrade that was forwarded; empty for none
  bool repeatable_;
  bool binds_;              // authenticates its connection
  bool may_withhold_body_;  // waits for 100 (Continue), and need not send its body after any other response

  std::string outgoing_;  // the head to send: the request's, with a credential on the gateway's route; then
                          // the response's
  std::optional<BodyFilter> response_body_;
  std::optional<Upstream> upstream_;
  Upload upload_;
  std::optional<net::Pump> download_;
  ResponseRetry retry_;
  bool client_lost_ = false;

  std::string received_;     // from the upstream: response head and what came with it, where it must be kept
  std::span<char> arrived_;  // the same, in received_ or, until the next wait, in the loop's buffer
  http::ResponseHeadReader response_;
  std::size_t response_size_ = 0;
  int interims_ = 0;
  bool upstream_keeps_ = false;
  bool ends_by_close_ = false;  // the client learns the end of the response by the end of the connection
  bool answering_ = false;      // a response has begun and is not over
  bool answered_ = false;       // the client has been sent the whole response

  loop::Deadline deadline_;
  loop::TimePoint phase_begin_;
  bool stalled_ = false;
  ClientPresence presence_;
  std::optional<ProxyError> failure_;
};

}  // namespace aluvia::proxy
