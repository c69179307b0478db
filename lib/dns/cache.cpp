#include "dns/cache.hpp"

#include <utility>

namespace aluvia::dns {
namespace {

// List and map nodes, their buckets, and what the allocator adds to each.
constexpr std::size_t overhead = 128;

}  // namespace

std::size_t DnsCache::cost_of(const Item& item) noexcept {
  return sizeof(Item) + item.host.capacity() + item.entry.addresses.capacity() * sizeof(net::Address) +
         overhead;
}

DnsCache::Entry* DnsCache::find(std::string_view host) {
  const auto found = by_host_.find(host);
  return found == by_host_.end() ? nullptr : &found->second->entry;
}

void DnsCache::put(const std::string& host, Entry&& entry) {
  erase(host);
  items_.emplace_back(host, std::move(entry));
  by_host_.emplace(items_.back().host, std::prev(items_.end()));
  bytes_ += cost_of(items_.back());
  make_room();
}

void DnsCache::erase(std::string_view host) {
  const auto found = by_host_.find(host);
  if (found == by_host_.end()) return;
  const auto item = found->second;
  bytes_ -= cost_of(*item);
  by_host_.erase(found);
  items_.erase(item);
}

void DnsCache::clear() noexcept {
  by_host_.clear();
  items_.clear();
  bytes_ = 0;
}

void DnsCache::make_room() {
  for (auto item = items_.begin(); bytes_ > most_bytes_ && item != items_.end();) {
    const auto old = item++;
    if (!old->entry.is_kept) erase(old->host);
  }
}

}  // namespace aluvia::dns
