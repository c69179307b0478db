#include "proxy/exchange_watch.hpp"

#include "loop/coarse_clock.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::proxy {

ExchangeWatch::ExchangeWatch(net::Stream& client, const Limits& limits, std::function<void()> look)
    : limits_(limits),
      deadline_(client.executor(), std::move(look)),
      presence_(client, limits),
      begun_(loop::coarse_now()),
      progress_(begun_) {}

void ExchangeWatch::begin() {
  begun_ = loop::coarse_now();
  deadline_.set_at(begun_ + std::min(look_interval, limits_.stall));
}

bool ExchangeWatch::has_stalled(loop::TimePoint now, loop::TimePoint progress) {
  progress_ = std::max(begun_, progress);
  is_stalled_ = progress_ + limits_.stall <= now;
  return is_stalled_;
}

bool ExchangeWatch::has_client_left(loop::TimePoint now) {
  is_client_gone_ = is_client_gone_ || presence_.has_left(now, progress_);
  return is_client_gone_;
}

void ExchangeWatch::look_again(loop::TimePoint now) {
  deadline_.set_at(std::min(now + look_interval, progress_ + limits_.stall));
}

}  // namespace aluvia::proxy
