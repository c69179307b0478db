// Caches DNS answers until their time to live ends, within a limit of bytes. Private to the module.
#pragma once

#include "loop/loop.hpp"
#include "net/endpoint.hpp"

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

namespace aluvia::dns {

class DnsCache {
 public:
  struct Entry {
    Entry(std::vector<net::Address> found, std::error_code why_none, loop::TimePoint end, bool kept) noexcept
        : addresses(std::move(found)), error(why_none), expires(end), is_kept(kept) {}

    std::vector<net::Address> addresses;
    std::error_code error;  ///< the name servers gave it instead of addresses
    loop::TimePoint expires;
    bool is_kept;  ///< asked for by resolve_kept(): others never push it out
  };

  /// `most_bytes` bounds bytes(), except for kept entries, of which there are as many as gateways.
  explicit DnsCache(std::size_t most_bytes) noexcept : most_bytes_(most_bytes) {}

  /// Null where nothing is known. Valid until the next put() or erase().
  Entry* find(std::string_view host);
  /// Replaces the entry of `host` and drops the oldest entries.
  void put(const std::string& host, Entry&& entry);
  void erase(std::string_view host);
  void clear() noexcept;

  /// An estimate of the heap that the entries take.
  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t size() const noexcept { return by_host_.size(); }

 private:
  struct Item {
    Item(const std::string& name, Entry&& known) : host(name), entry(std::move(known)) {}

    std::string host;
    Entry entry;
  };
  using Items = std::list<Item>;  // the oldest first

  static std::size_t cost_of(const Item& item) noexcept;
  void make_room();

  std::size_t most_bytes_;
  std::size_t bytes_ = 0;
  Items items_;
  std::unordered_map<std::string_view, Items::iterator> by_host_;  // keys stand in items_
};

}  // namespace aluvia::dns
