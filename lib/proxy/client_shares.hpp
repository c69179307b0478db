// Limits what clients can use up before they have sent a request: connections, and the memory for unfinished
// request heads. All clients share one limit of each; one address beyond loopback gets half of each.
//
// A slot is in one of three states. Serving ones are never touched for another client's sake.
//
//   waiting   no request yet, or no further one: kept alive, just accepted, or answered and not yet closed
//   head      part of a request head has come, and is kept in memory
//   serving   a request is being served
#pragma once

#include "loop/intrusive_list.hpp"
#include "loop/loop.hpp"
#include "net/addresses.hpp"
#include "net/endpoint.hpp"
#include "proxy/limits.hpp"
#include "proxy/proxy_error.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

namespace aluvia::proxy {

class ClientShares;
class ClientSlot;

/// Reasons to reject a head.
enum class HeadRejection {
  memory,          ///< all heads together take more than Limits::head_memory
  address_memory,  ///< those of one address take more than half of it
};

/// One share: that of everyone, or that of one address.
struct ClientShare {
  // By bit width of their bytes; the last one holds all from 8 KiB on.
  static constexpr std::size_t size_classes = 15;

  std::size_t connections = 0;  ///< of an address
  std::size_t head_bytes = 0;
  loop::IntrusiveList waiting;                              ///< the longest waiting first
  loop::IntrusiveList heads;                                ///< the oldest first
  std::array<loop::IntrusiveList, size_classes> by_size{};  ///< the same heads
};

/// Counts one connection or tunnel of an address as long as it lives.
class ClientCount {
 public:
  ClientCount() noexcept = default;
  ClientCount(ClientCount&& other) noexcept
      : shares_(std::exchange(other.shares_, nullptr)), entry_(other.entry_) {}
  ClientCount& operator=(ClientCount&&) = delete;
  ~ClientCount();

 private:
  friend class ClientShares;
  friend class ClientSlot;
  using Entry = std::pair<const net::Address, ClientShare>;
  ClientCount(ClientShares& shares, Entry& entry) noexcept;

  ClientShares* shares_ = nullptr;  // null: the address has no share of its own
  Entry* entry_ = nullptr;
};

/// Owns the shares. Loop thread only. Must outlive its counts and slots. Everything takes constant time,
/// apart from finding an address among those connected.
class ClientShares {
 public:
  /// Without `tracks_addresses` only everyone's share is kept: all clients come from loopback.
  ClientShares(const Limits& limits, bool tracks_addresses);
  ClientShares(const ClientShares&) = delete;
  ClientShares& operator=(const ClientShares&) = delete;

  /// Counts a connection from `client`. Loopback and unknown addresses have no share of their own.
  ClientCount count(const std::optional<net::Address>& client);
  /// The same for the peer of a connected socket.
  ClientCount count_peer(int descriptor);

  /// True where the address has more connections than it may, the counted one included.
  bool exceeds_share(const ClientCount& client) const noexcept;
  /// Connections that one address may have.
  std::size_t address_connections() const noexcept;

  /// Closes the connection that has been without a request for the longest time: one that waits, or an
  /// unfinished head where none waits or all that wait are fresh (Limits::fresh_client) and it is older.
  /// False where every connection serves a request. `why` is the reason that a client is given.
  bool close_longest_waiting(ProxyErrorKind why = ProxyErrorKind::connection_limit);
  /// The same among the connections of the client's address.
  bool close_longest_waiting_of(const ClientCount& client);

  /// Bytes of all unfinished heads.
  std::size_t head_bytes() const noexcept { return everyone_.head_bytes; }

 private:
  friend class ClientCount;
  friend class ClientSlot;
  void enforce(ClientShare* own);
  void reject_one(ClientShare& share, HeadRejection why);
  void discard_oldest_unproven();
  ClientSlot& head_to_reject(ClientShare& share) const;
  ClientSlot* longest_without_request(ClientShare& share) const;
  bool close_one(ClientShare& share, ProxyErrorKind why);
  bool is_fresh(const ClientSlot& slot) const noexcept;

  const Limits& limits_;
  const bool tracks_addresses_;
  ClientShare everyone_;
  // A tree: clients choose their addresses, and could make a hash table slow.
  std::map<net::Address, ClientShare> addresses_;
  loop::IntrusiveList unproven_;  // large heads without credentials, the first to become large first
  std::size_t unproven_bytes_ = 0;
};

/// One client connection in its shares.
class ClientSlot {
 public:
  /// The connection. Called from inside other connections' calls, and from inside keep_head(); must not
  /// destroy the slot, and must not throw.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// The slot is waiting or a head: end the connection now. False where bytes have arrived that have not
    /// been read.
    virtual bool make_way(ProxyErrorKind why) noexcept = 0;
    /// Free the memory of the unfinished head and answer it. The slot is waiting from now on.
    virtual void reject_head(HeadRejection why) noexcept = 0;
    /// Free the memory of the unfinished head, and read it to its end without keeping it. The slot is waiting
    /// from now on.
    virtual void discard_head() noexcept = 0;
  };

  ClientSlot(ClientShares& shares, ClientCount count, Owner& owner) noexcept;
  ~ClientSlot() { serve(); }
  ClientSlot(const ClientSlot&) = delete;
  ClientSlot& operator=(const ClientSlot&) = delete;

  /// Begins to wait, or begins to wait once more.
  void wait() noexcept;
  /// An unfinished head takes `bytes` of memory, `unproven` of them beyond what one without credentials may
  /// keep. Where that exceeds a limit, heads are rejected or discarded, which may be this one.
  void keep_head(std::size_t bytes, std::size_t unproven = 0) noexcept;
  /// A request is served, or the connection is not among those that are limited.
  void serve() noexcept;

 private:
  friend class ClientShares;
  struct Place : loop::ListNode {
    explicit Place(ClientSlot& its_slot) noexcept : slot(its_slot) {}
    ClientSlot& slot;
  };
  struct Membership {
    Membership(ClientSlot& slot, ClientShare* in) noexcept : share(in), in_queue(slot), by_size(slot) {}
    ClientShare* share;  // null: none
    Place in_queue;
    Place by_size;
  };
  static ClientSlot& slot_at(loop::IntrusiveList& list) noexcept {
    return static_cast<Place*>(list.front())->slot;
  }
  void set_bytes(std::size_t bytes, std::size_t unproven) noexcept;

  ClientShares& shares_;
  const ClientCount count_;
  Owner& owner_;
  std::array<Membership, 2> memberships_;  // everyone's, the address's
  Place unproven_;
  loop::TimePoint since_{};  // of the state
  std::size_t bytes_ = 0;
  std::size_t unproven_bytes_ = 0;
  bool is_head_ = false;
};

}  // namespace aluvia::proxy
