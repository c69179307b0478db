// EarlyConnectMode: the hosts whose clients' CONNECTs are answered before the gateway has answered.
#pragma once

namespace aluvia::proxy {

enum class EarlyConnectMode {
  off,
  known,   ///< hosts whose last CONNECT through the gateway succeeded
  always,  ///< all hosts but those whose last CONNECT failed
};

}  // namespace aluvia::proxy
