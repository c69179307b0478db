#include "net/error.hpp"

#include <string>

namespace aluvia::net {
namespace {

class NetCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "aluvia.net"; }
  std::string message(int value) const override {
    switch (static_cast<NetError>(value)) {
      case NetError::name_not_found:
        return "the name does not exist";
      case NetError::dns_timeout:
        return "no name server answered in time";
      case NetError::dns_failure:
        return "the name server failed";
      case NetError::stream_truncated:
        return "the TLS connection ended without close_notify";
      case NetError::tls_certificate:
        return "the certificate was not accepted";
      case NetError::tls_protocol:
        return "TLS failed";
      case NetError::would_loop:
        return "the address is this proxy itself";
      case NetError::tls_renegotiation:
        return "the gateway asked for a TLS renegotiation, which is not supported";
      case NetError::allowance_spent:
        return "its budget is used up";
    }
    return "unknown error";
  }
};

}  // namespace

const std::error_category& net_category() noexcept {
  static const NetCategory category;
  return category;
}

}  // namespace aluvia::net
