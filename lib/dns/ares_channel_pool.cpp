#include "dns/ares_channel_pool.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::dns {
namespace {

// Longer than a lookup takes, so that the others have closed their sockets before their next turn.
constexpr std::chrono::seconds sharing_time{10};
constexpr std::chrono::seconds burst_pause{10};

}  // namespace

Result<std::unique_ptr<AresChannelPool>, std::string> AresChannelPool::open(loop::Loop& loop,
                                                                            const std::string& servers) {
  auto first = AresChannel::open(loop, servers);
  if (!first) return Err{first.error()};
  return std::unique_ptr<AresChannelPool>(new AresChannelPool(loop, std::move(*first)));
}

AresChannelPool::AresChannelPool(loop::Loop& loop, std::unique_ptr<AresChannel> first)
    : loop_(loop),
      shared_since_(loop::Clock::now()),
      burst_end_(loop.get_executor(), [this] { drop_idle(); }) {
  channels_.push_back(std::move(first));
}

AresChannel& AresChannelPool::pick() {
  const auto idle = std::ranges::find_if(channels_, [](const auto& channel) { return channel->is_idle(); });
  if (idle != channels_.end()) return **idle;
  if (channels_.size() < most_channels) {
    if (AresChannel* const added = add()) return *added;
  }
  return shared();
}

// If c-ares cannot open another one, the lookup shares a channel.
AresChannel* AresChannelPool::add() {
  auto made = channels_.front()->open_another(loop_);
  if (!made) return nullptr;
  channels_.push_back(std::move(*made));
  burst_end_.set_after(burst_pause);
  return channels_.back().get();
}

AresChannel& AresChannelPool::shared() {
  const loop::TimePoint now = loop::Clock::now();
  if (now - shared_since_ >= sharing_time) {
    ++shared_;
    shared_since_ = now;
  }
  shared_ %= channels_.size();
  return *channels_[shared_];
}

void AresChannelPool::drop_idle() {
  const auto others = channels_.begin() + 1;  // the first is the pattern of all
  channels_.erase(
      std::remove_if(others, channels_.end(), [](const auto& channel) { return channel->is_idle(); }),
      channels_.end());
  if (channels_.size() > 1) burst_end_.set_after(burst_pause);
}

}  // namespace aluvia::dns
