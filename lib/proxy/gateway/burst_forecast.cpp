#include "proxy/gateway/burst_forecast.hpp"

namespace aluvia::proxy {
namespace {

// A browser's user has fewer sites that it begins with; beyond, all is learned anew.
constexpr std::size_t most_hosts = 256;

}  // namespace

void BurstForecast::begin(std::string_view host) {
  if (size_ > 0) {
    if (sizes_.size() >= most_hosts && !sizes_.contains(opener_)) sizes_.clear();
    sizes_[opener_] = size_;
  }
  opener_ = host;
  size_ = 1;
  const auto last = sizes_.find(opener_);
  expected_ = last == sizes_.end() ? 0 : last->second;
}

}  // namespace aluvia::proxy
