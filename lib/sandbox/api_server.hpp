// ApiServer: the emulated Aluvia API. Serves `GET` and `PATCH` of /user, /connection and
// /account/connections/1, which are one resource (also below /v1), with Bearer tokens and ETags, and the
// control requests below /sandbox, which need no token.
#pragma once

#include "sandbox/fault.hpp"
#include "sandbox/fault_delivery.hpp"
#include "sandbox/message.hpp"
#include "sandbox/record.hpp"
#include "sandbox/user_state.hpp"

#include <string>
#include <string_view>

namespace aluvia::sandbox {

/// Loop thread only. All arguments of the constructor must outlive it.
class ApiServer {
 public:
  ApiServer(std::string token, UserState& user, RecordBook& book, FaultSwitch& api, FaultSwitch& gateway)
      : token_(std::move(token)), user_(user), book_(book), faults_(api), gateway_faults_(gateway) {}

  /// Serves one connection until it ends.
  asio::awaitable<void> serve(Wire& wire);

 private:
  asio::awaitable<bool> serve_request(Wire& wire, const Request& request, bool& counted);
  Answer answer_user(const Request& request, std::string_view body);
  Answer answer_get(const Request& request);
  Answer answer_patch(const Request& request, std::string_view body);
  Answer answer_control(std::string_view path, const Request& request, std::string_view body);
  int refusal(const Request& request) const;

  std::string token_;
  UserState& user_;
  RecordBook& book_;
  FaultSwitch& faults_;
  FaultSwitch& gateway_faults_;
};

}  // namespace aluvia::sandbox
