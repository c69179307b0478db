// Patterns, ready to be looked up: one hash table per kind, keyed by the text beside the `*`.
//
// A look-up hashes the host once for each of its labels and never more than the longest key's length of it,
// so that neither the number of rules nor a host of 60 KB makes it slow. It allocates nothing.
//
// Refuses to know what a match means (exclusion, inclusion, preset) and who owns the texts.
#pragma once

#include "rules/pattern.hpp"

#include <cstddef>
#include <memory_resource>
#include <string_view>
#include <unordered_map>

namespace aluvia::rules {

class PatternIndex {
 public:
  /// Tables and nodes live in `memory`, which must outlive this object.
  explicit PatternIndex(std::pmr::memory_resource* memory);

  /// `key` and `rule` must live as long as this object, `rule` must not be empty. Of two rules with one key
  /// the first is kept. AUTO is no pattern of an index: the caller expands it.
  void add(PatternKind kind, std::string_view key, std::string_view rule);

  /// The rule of the most specific pattern: exact, else the longest suffix, else the longest prefix. Empty
  /// where none matches; `*` is asked for apart.
  std::string_view find(std::string_view host) const noexcept;

  /// The rule that was `*`, or empty.
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
