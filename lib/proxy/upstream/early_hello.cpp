#include "proxy/upstream/early_hello.hpp"

#include "net/client_hello.hpp"

#include <algorithm>

namespace aluvia::proxy {

using Kind = net::ClientHelloScan::Kind;

std::string_view EarlyHello::sent_with_connect() {
  stop();
  sent_ = 0;
  if (holds_back_) return {};
  const net::ClientHelloScan hello = net::scan_client_hello(received_);
  if (hello.kind == Kind::whole) sent_ = hello.size;
  return std::string_view(received_).substr(0, sent_);
}

void EarlyHello::send_on_arrival(net::Stream& gateway) {
  if (holds_back_ || sent_ > 0) return;
  gateway_ = &gateway;
  awaits_ = Awaits::hello;
  on_event({});
}

void EarlyHello::stop() noexcept {
  withdraw();
  gateway_ = nullptr;
  awaits_ = Awaits::nothing;
}

void EarlyHello::hold_back() noexcept {
  stop();
  holds_back_ = true;
  sent_ = 0;
}

bool EarlyHello::interrupts(net::Stream& gateway) {
  if (is_waiting()) return false;
  if (received_.size() > sent_ || read_some() || client_is_done_) return true;
  gateway_ = &gateway;
  awaits_ = Awaits::more;
  await_client();
  return false;
}

// At most what a ClientHello may have, in one read.
bool EarlyHello::read_some() {
  const std::size_t most = std::min(loop_buffer_.size(), net::largest_client_hello);
  const net::IoResult got = client_.try_read(loop_buffer_.first(most));
  if (got.status == net::IoResult::Status::moved) {
    received_.append(loop_buffer_.data(), got.bytes);
    return true;
  }
  if (got.status != net::IoResult::Status::blocked) client_is_done_ = true;
  return false;
}

// The rest, if the gateway does not take all at once, goes with the tunnel's first bytes.
void EarlyHello::send_if_whole() {
  const net::ClientHelloScan hello = net::scan_client_hello(received_);
  if (hello.kind == Kind::more) return await_client();
  awaits_ = Awaits::nothing;
  if (hello.kind == Kind::other) return;
  const net::IoResult put = gateway_->try_write(std::span(received_).first(hello.size));
  if (put.status == net::IoResult::Status::moved) sent_ = put.bytes;
}

void EarlyHello::await_client() {
  client_.wait(loop::Want::read, *this);
}

void EarlyHello::on_event(std::error_code error) {
  if (error) return stop();
  const bool has_read = read_some();
  if (awaits_ == Awaits::hello) {
    if (!client_is_done_) send_if_whole();
    return;
  }
  if (!has_read && !client_is_done_) return await_client();
  has_interrupted_ = true;
  gateway_->cancel();
}

}  // namespace aluvia::proxy
