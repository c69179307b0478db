#include "net/dns_channel_pool.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::net {
namespace {

// Longer than a look-up takes, so that the others have closed their sockets before it is their turn again.
constexpr std::chrono::seconds sharing_time{10};
constexpr std::chrono::seconds burst_pause{10};

}  // namespace

Result<std::unique_ptr<DnsChannelPool>, std::string> DnsChannelPool::open(Loop& loop,
                                                                          const std::string& servers) {
  auto first = DnsChannel::open(loop, servers);
  if (!first) return Err{first.error()};
  return std::unique_ptr<DnsChannelPool>(new DnsChannelPool(loop, std::move(*first)));
}

DnsChannelPool::DnsChannelPool(Loop& loop, std::unique_ptr<DnsChannel> first)
    : loop_(loop), shared_since_(Clock::now()), burst_end_(loop.get_executor(), [this] { drop_idle(); }) {
  channels_.push_back(std::move(first));
}

DnsChannel& DnsChannelPool::pick() {
  const auto idle = std::ranges::find_if(channels_, [](const auto& channel) { return channel->is_idle(); });
  if (idle != channels_.end()) return **idle;
  if (channels_.size() < most_channels) {
    if (DnsChannel* const added = add()) return *added;
  }
  return shared();
}

// Without memory or descriptors for another one, the look-up shares a channel.
DnsChannel* DnsChannelPool::add() {
  auto made = channels_.front()->open_another(loop_);
  if (!made) return nullptr;
  channels_.push_back(std::move(*made));
  burst_end_.set_after(burst_pause);
  return channels_.back().get();
}

DnsChannel& DnsChannelPool::shared() {
  const TimePoint now = Clock::now();
  if (now - shared_since_ >= sharing_time) {
    ++shared_;
    shared_since_ = now;
  }
  shared_ %= channels_.size();
  return *channels_[shared_];
}

bool DnsChannelPool::is_deaf() const noexcept {
  return std::ranges::any_of(channels_, [](const auto& channel) { return channel->is_deaf(); });
}

void DnsChannelPool::drop_idle() {
  const auto others = channels_.begin() + 1;  // the first is the pattern of all
  channels_.erase(
      std::remove_if(others, channels_.end(), [](const auto& channel) { return channel->is_idle(); }),
      channels_.end());
  if (channels_.size() > 1) burst_end_.set_after(burst_pause);
}

}  // namespace aluvia::net
