// One accepted client socket: reads request after request and hands each to the flow that it asks for, or
// serves one SOCKS5 request. It lives in the frame of its task, whose end closes the socket.
#pragma once

#include "http/field_scan.hpp"
#include "http/head.hpp"
#include "http/target.hpp"
#include "loop/deadline.hpp"
#include "loop/task_group.hpp"
#include "net/stream.hpp"
#include "proxy/client_shares.hpp"
#include "proxy/head_outcome.hpp"
#include "proxy/proxy_error.hpp"
#include "proxy/services.hpp"
#include "proxy/upstream/bound_upstreams.hpp"
#include "proxy/upstream/early_hello.hpp"
#include "socks/messages.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aluvia::proxy {

class Connection final : public loop::ListNode, private ClientSlot::Owner {
 public:
  /// `stop` ends the task in whose frame the connection lives.
  Connection(Services& services, net::Socket socket, ClientCount count, loop::TaskStop stop);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() override;

  /// The life of a connection that is served. It takes its share from the first moment on, and may be ended
  /// for another client.
  static loop::Task<void> serve(Services& services, net::Socket socket, ClientCount count,
                                loop::TaskStop stop);

  enum class Next { another_request, nothing };
  /// Sends the response of `failure`, and ends the connection. Also in place of serve().
  loop::Task<Next> reject(ProxyError failure);

  /// The proxy is being stopped: ends the connection if it waits for a request and none has come. A new one,
  /// whose first may be on its way, still gets Limits::first_request for it, counted from its accept.
  void end_if_idle();

 private:
  enum class Protocol { unknown, http, socks };
  /// std::nullopt instead of an error: the client is gone.
  template <class T>
  using SocksResult = Result<socks::Message<T>, std::optional<ProxyError>>;

  void enlist();
  HeadOutcome begin_request();
  HeadOutcome go_on_reading(std::error_code error);
  HeadOutcome begin_head();
  HeadOutcome read_head(http::Progress progress);
  bool is_socks(std::string_view first_bytes);
  std::size_t head_window() const noexcept;
  http::Progress take_head_bytes(std::string_view bytes);
  http::Progress scan_progress() const noexcept;
  void keep_unfinished_head();
  bool is_unproven() const noexcept;
  void look_for_credentials(std::string_view bytes);
  void grow_buffer(std::size_t more);
  void free_buffer() noexcept;
  void forget_head() noexcept;
  loop::MaybeTask<Next> answer(const HeadOutcome& outcome);
  loop::Task<Next> answer_discarded_head();
  loop::Task<Next> answer_rejected_head();
  loop::Task<Next> serve_request(std::size_t head_size);
  void forget_credentials() noexcept;
  loop::Task<Next> ask_for_credentials(http::Target target, std::size_t head_size);
  loop::Task<bool> skip_body(std::uint64_t length);
  loop::Task<Next> serve_connect(http::Authority authority, std::size_t head_size);
  loop::Task<Next> open_tunnel(http::Authority authority);
  loop::Task<bool> proves_spare(SpareTunnels::Opening& opening);
  std::unique_ptr<EarlyHello> begin_early(const http::Authority& authority);
  loop::MaybeTask<std::error_code> send_established();
  Next reset_client(const ProxyError& failure);
  loop::Task<Next> serve_socks();
  loop::Task<Next> serve_socks_credentials();
  loop::Task<Next> serve_socks_request();
  template <class T>
  loop::Task<SocksResult<T>> read_socks(socks::Parsed<T> (*parse)(std::string_view));
  void drop_front(std::size_t size) noexcept;
  loop::Task<bool> could_send(std::string message);
  loop::MaybeTask<Next> reject_socks(std::optional<ProxyError> failure, std::string answer);
  loop::Task<Next> reject_socks_credentials(std::string answer);
  loop::Task<Next> serve_exchange(http::Target target, std::size_t head_size);
  loop::Task<Next> serve_itself(http::Target target, std::size_t head_size);
  loop::Task<std::optional<LocalAnswer>> ask_itself(const http::Target& target, bool may_keep);
  loop::Task<Next> answer_and_go_on(std::string answer, std::size_t head_size);
  loop::Task<Next> answer_and_end(std::string answer);
  loop::Task<Next> send_error(const ProxyError& failure, const ProxyErrorContext& context);
  telemetry::RequestId report_rejection(const ProxyError& failure, telemetry::RequestRecord record = {});
  std::string_view tunnel_method() const noexcept;
  const std::string* address();
  void give_up_idle_descriptors(const ProxyError& failure);
  loop::Task<void> linger();

  bool make_way(ProxyErrorKind why) noexcept override;
  void reject_head(HeadRejection why) noexcept override;
  void discard_head() noexcept override;

  Services& services_;
  net::Stream client_;
  BoundUpstreams::Share bound_;
  loop::TaskStop stop_;
  std::string buffer_;  // received, not yet consumed; empty and without memory between two requests
  http::RequestHeadReader reader_;
  loop::Deadline deadline_;
  std::unique_ptr<const std::string> address_;  // of the client, once a record has needed it
  loop::TimePoint request_begun_;               // when the head at hand was complete
  loop::TimePoint first_request_due_;           // in a stop; long past once it has come
  Protocol protocol_ = Protocol::unknown;       // until the first byte has come
  bool is_idle_ = true;
  bool is_reading_head_ = false;
  bool is_closing_ = false;     // for another client's sake: nothing more is said
  bool is_proven_ = false;      // the head at hand has shown the right credentials
  bool is_discarding_ = false;  // it is read, but not kept
  std::optional<HeadRejection> rejection_;
  std::unique_ptr<http::FieldScan> scan_;  // of a head that is large and not proven, or was not when it grew
  bool is_limited_ = false;                // is among the server's connections, and takes a share
  ClientSlot slot_;
};

}  // namespace aluvia::proxy
