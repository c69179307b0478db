#include "load/proxy_dial.hpp"

#include <memory>

namespace aluvia::bench {
namespace {

constexpr std::size_t block_size = 256 * 1024;
const std::string block(block_size, 'b');

// A bulk stream is meant to last as long as the job, so its end is a failure.
Async<bool> receive_all(Job& job, Stream& stream) {
  for (;;) {
    const ssize_t got = co_await stream.discard(block_size);
    if (got <= 0) co_return false;
    job.measurement.moved(static_cast<std::size_t>(got));
    co_await job.loop.next_turn();
  }
}

Flow send_on(Job& job, std::shared_ptr<Stream> stream) {
  for (;;) {
    const bool sent = co_await stream->send_all(block);
    if (!sent) co_return;
    job.measurement.moved(block_size);
    co_await job.loop.next_turn();
  }
}

Flow upload(Job& job) {
  auto stream = std::make_shared<Stream>(job.loop, start_connect(job.tunnel_hop));
  if (co_await open_tunnel(job, *stream) < 0) {
    job.measurement.failed();
    co_return;
  }
  send_on(job, stream);
  co_await receive_all(job, *stream);
  job.measurement.failed();
}

Flow download(Job& job) {
  Stream stream(job.loop, start_connect(job.tunnel_hop));
  if (co_await open_tunnel(job, stream) >= 0) co_await receive_all(job, stream);
  job.measurement.failed();
}

}  // namespace

void bulk_down(Job& job) {
  for (std::size_t i = 0; i < job.connections; ++i) download(job);
}

// Reads as well, so that a tunnel that ends is noticed; what the target sends tells the two jobs apart.
void bulk_up(Job& job) {
  for (std::size_t i = 0; i < job.connections; ++i) upload(job);
}

void bulk_both(Job& job) {
  bulk_up(job);
}

}  // namespace aluvia::bench
