// Maps names to addresses as a hosts file lists them (hosts(5)). Private to the module.
#pragma once

#include "loop/loop.hpp"
#include "net/endpoint.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::dns {

/// Compact, because lists that block hosts have hundreds of thousands of lines: names stay where they stand
/// in the text, sorted for a binary search.
class HostsTable {
 public:
  HostsTable() = default;
  /// Lines that do not begin with an address are skipped, as every reader of this file does.
  explicit HostsTable(std::string text);

  /// Addresses of `host`, which is in lower case, in the order of the file, at most `most_addresses` of each
  /// family; empty where the file does not name it.
  std::vector<net::Address> find(std::string_view host) const;

  std::size_t names() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::uint32_t begin;    // of the name in text_
    std::uint32_t size;     // of the name
    std::uint32_t address;  // in addresses_
  };

  void add_line(std::size_t begin, std::size_t end);
  void add_name(std::size_t begin, std::size_t end);
  std::string_view name_of(const Entry& entry) const noexcept {
    return {text_.data() + entry.begin, entry.size};
  }

  std::string text_;  // in lower case
  std::vector<net::Address> addresses_;
  std::vector<Entry> entries_;  // sorted by name, then by their order in the file
};

}  // namespace aluvia::dns
