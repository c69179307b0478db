// PatternIndex: hash tables of patterns, one per kind, with the text beside the `*` as the key.
//
// A look-up hashes the host once for each of its labels, and never more bytes than the longest key has, so
// that its cost does not depend on the number of rules and a host of 60 KB cannot slow it down. It does not
// allocate.
#pragma once

#include "rules/pattern.hpp"

#include <cstddef>
#include <memory_resource>
#include <string_view>
#include <unordered_map>

namespace aluvia::rules {

class PatternIndex {
 public:
  /// Tables and nodes are allocated from `memory`, which must outlive this object.
  explicit PatternIndex(std::pmr::memory_resource* memory);

  /// `key` and `rule` must outlive this object; `rule` must not be empty. If a key exists already, its first
  /// rule is kept. PatternKind::automatic is ignored: the caller expands AUTO.
  void add(PatternKind kind, std::string_view key, std::string_view rule);

  /// Returns the rule of the most specific pattern: exact, else the longest suffix, else the longest prefix.
  /// Empty if none matches. Does not consider `*`, see everything().
  std::string_view find(std::string_view host) const noexcept;

  /// Returns the rule `*` as it was added, or empty.
  std::string_view everything() const noexcept { return everything_; }

 private:
  struct Table {
    explicit Table(std::pmr::memory_resource* memory) : rules(memory) {}
    void add(std::string_view key, std::string_view rule);
    std::string_view find(std::string_view key) const noexcept;

    std::pmr::unordered_map<std::string_view, std::string_view> rules;
    std::size_t longest_key = 0;  // bytes
  };

  std::string_view find_suffix(std::string_view host) const noexcept;
  std::string_view find_prefix(std::string_view host) const noexcept;

  Table exact_;
  Table suffixes_;
  Table prefixes_;
  std::string_view everything_;
};

}  // namespace aluvia::rules
