#include "proxy/client_shares.hpp"

#include "loop/coarse_clock.hpp"

#include <algorithm>
#include <bit>

namespace aluvia::proxy {
namespace {

// Connections with unread bytes that are passed over before none is closed: they are about to be read.
constexpr int most_passed_over = 16;

std::size_t size_class(std::size_t bytes) noexcept {
  return std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(bytes)),
                               ClientShare::size_classes - 1);
}

}  // namespace

ClientCount::ClientCount(ClientShares& shares, Entry& entry) noexcept : shares_(&shares), entry_(&entry) {
  ++entry.second.connections;
}

ClientCount::~ClientCount() {
  if (!shares_ || --entry_->second.connections > 0) return;
  shares_->addresses_.erase(entry_->first);
}

ClientShares::ClientShares(const Limits& limits, bool tracks_addresses)
    : limits_(limits), tracks_addresses_(tracks_addresses) {}

ClientCount ClientShares::count(const std::optional<net::Address>& client) {
  if (!tracks_addresses_ || !client) return {};
  const net::Address address = net::unmapped(*client);
  if (address.is_loopback()) return {};
  return {*this, *addresses_.try_emplace(address).first};
}

ClientCount ClientShares::count_peer(int descriptor) {
  return tracks_addresses_ ? count(net::peer_address(descriptor)) : ClientCount();
}

std::size_t ClientShares::address_connections() const noexcept {
  return std::max<std::size_t>(1, limits_.connections / 2);
}

bool ClientShares::exceeds_share(const ClientCount& client) const noexcept {
  return client.shares_ && client.entry_->second.connections > address_connections();
}

bool ClientShares::close_longest_waiting(ProxyErrorKind why) {
  return close_one(everyone_, why);
}

bool ClientShares::close_longest_waiting_of(const ClientCount& client) {
  return client.shares_ && close_one(client.entry_->second, ProxyErrorKind::connection_limit);
}

bool ClientShares::close_one(ClientShare& share, ProxyErrorKind why) {
  for (int tries = 0; tries < most_passed_over; ++tries) {
    ClientSlot* const slot = longest_without_request(share);
    if (!slot) return false;
    if (slot->owner_.make_way(why)) {
      slot->serve();  // leaves the lists, so that it is not closed twice
      return true;
    }
    slot->wait();  // at the end of the queue
  }
  return false;
}

// A client that has just connected gets a moment to speak, as long as there is an older head to close.
ClientSlot* ClientShares::longest_without_request(ClientShare& share) const {
  ClientSlot* const waiting = share.waiting.empty() ? nullptr : &ClientSlot::slot_at(share.waiting);
  ClientSlot* const head = share.heads.empty() ? nullptr : &ClientSlot::slot_at(share.heads);
  if (!waiting || !head) return waiting ? waiting : head;
  return is_fresh(*waiting) && head->since_ < waiting->since_ ? head : waiting;
}

bool ClientShares::is_fresh(const ClientSlot& slot) const noexcept {
  return loop::coarse_now() - slot.since_ < limits_.fresh_client;
}

void ClientShares::enforce(ClientShare* own) {
  while (unproven_bytes_ > limits_.head_memory / limits_.unproven_share) discard_oldest_unproven();
  while (own && own->head_bytes > limits_.head_memory / 2) reject_one(*own, HeadRejection::address_memory);
  while (everyone_.head_bytes > limits_.head_memory) reject_one(everyone_, HeadRejection::memory);
}

void ClientShares::reject_one(ClientShare& share, HeadRejection why) {
  ClientSlot& slot = head_to_reject(share);
  slot.wait();
  slot.owner_.reject_head(why);
}

// Honest heads arrive at once, and are small. Those that take long go first, so that heads which are held
// open are closed for new ones; in a flood of new ones the largest go first, so that small ones get through.
// From 8 KiB on all are equally large, and the one that has been so for longest goes first: a client with
// large cookies must not be the largest among attackers who keep their heads a little smaller.
ClientSlot& ClientShares::head_to_reject(ClientShare& share) const {
  ClientSlot& oldest = ClientSlot::slot_at(share.heads);
  if (!is_fresh(oldest)) return oldest;
  const auto largest = std::find_if(share.by_size.rbegin(), share.by_size.rend(),
                                    [](const loop::IntrusiveList& heads) { return !heads.empty(); });
  return ClientSlot::slot_at(*largest);
}

void ClientShares::discard_oldest_unproven() {
  ClientSlot& slot = ClientSlot::slot_at(unproven_);
  slot.wait();
  slot.owner_.discard_head();
}

ClientSlot::ClientSlot(ClientShares& shares, ClientCount count, Owner& owner) noexcept
    : shares_(shares),
      count_(std::move(count)),
      owner_(owner),
      memberships_{Membership(*this, &shares.everyone_),
                   Membership(*this, count_.shares_ ? &count_.entry_->second : nullptr)},
      unproven_(*this) {}

void ClientSlot::wait() noexcept {
  serve();
  since_ = loop::coarse_now();
  for (Membership& in : memberships_) {
    if (in.share) in.share->waiting.push_back(in.in_queue);
  }
}

void ClientSlot::keep_head(std::size_t bytes, std::size_t unproven) noexcept {
  if (!is_head_) {
    is_head_ = true;
    since_ = loop::coarse_now();
    for (Membership& in : memberships_) {
      if (in.share) in.share->heads.push_back(in.in_queue);
    }
  }
  set_bytes(bytes, unproven);
  shares_.enforce(memberships_[1].share);
}

void ClientSlot::serve() noexcept {
  set_bytes(0, 0);
  is_head_ = false;
  for (Membership& in : memberships_) {
    in.in_queue.unlink();
    in.by_size.unlink();
  }
}

void ClientSlot::set_bytes(std::size_t bytes, std::size_t unproven) noexcept {
  for (Membership& in : memberships_) {
    if (!in.share) continue;
    in.share->head_bytes += bytes - bytes_;
    const bool is_moved = !in.by_size.is_linked() || size_class(bytes) != size_class(bytes_);
    if (is_head_ && is_moved) in.share->by_size[size_class(bytes)].push_back(in.by_size);
  }
  bytes_ = bytes;
  shares_.unproven_bytes_ += unproven - unproven_bytes_;
  unproven_bytes_ = unproven;
  if (unproven == 0) {
    unproven_.unlink();
  } else if (!unproven_.is_linked()) {
    shares_.unproven_.push_back(unproven_);
  }
}

}  // namespace aluvia::proxy
