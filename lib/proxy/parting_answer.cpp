#include "proxy/parting_answer.hpp"

namespace aluvia::proxy {

void send_parting_answer(net::Stream& client, std::string_view answer, std::span<char> scratch) noexcept {
  const net::IoResult put = client.try_write(std::span(answer));
  if (put.status != net::IoResult::Status::moved || put.bytes != answer.size())
    return client.reset_on_close();
  client.shutdown_send();
  (void)client.try_read(scratch);
}

}  // namespace aluvia::proxy
