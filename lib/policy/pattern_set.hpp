// PatternSet: patterns, compiled for one look-up per request whatever their number.
//
// A look-up hashes a name once for each of its labels (rules/pattern_index.hpp), and an address once for
// each prefix length among the networks, of which there are at most 129. Both happen for the port of the
// request, if there are patterns with it, and for patterns without a port. A look-up does not allocate.
//
// If several patterns match, the first of these is reported: with the port before without; the address, the
// longest network, the exact host, the longest suffix, the longest prefix, `*`. Of two that match the same
// in all of this, the one that was added first is reported.
#pragma once

#include "policy/network.hpp"
#include "policy/pattern.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace aluvia::policy {

class PatternSet {
 public:
  PatternSet();  // matches nothing
  PatternSet(PatternSet&&) noexcept;
  PatternSet& operator=(PatternSet&&) noexcept;
  ~PatternSet();

  /// Compiles `texts`, of which invalid ones are ignored: the caller has rejected them. A preset is replaced
  /// by its entries, and is reported by its name. `prefix` stands before each pattern that is reported.
  static PatternSet compile(std::span<const std::string> texts, std::string_view prefix = {});

  /// Returns the pattern that matches, as it was written (policy::shown) behind the prefix, or empty. `host`
  /// is canonical (host/host.hpp). The text lives as long as this set.
  std::string_view find(std::string_view host, std::uint16_t port) const noexcept;
  /// As find(), by addresses and networks only: for the addresses of a name.
  std::string_view find_address(const AddressBytes& address, std::uint16_t port) const noexcept;

  bool has_networks() const noexcept;
  std::size_t size() const noexcept;  ///< number of valid patterns; a preset is one
  bool empty() const noexcept { return size() == 0; }

 private:
  struct Index;
  std::unique_ptr<const Index> index_;
};

}  // namespace aluvia::policy
