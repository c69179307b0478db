// Compares the rule index with a matcher that tries every rule, and tests look-ups among many rules.
#include "rules/rule_set.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <new>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

using aluvia::rules::Match;
using aluvia::rules::Route;
using aluvia::rules::RuleSet;

namespace {

std::atomic<std::size_t> allocations{0};

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
// Catch2 allocates through this one and frees through the operators below.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace {

using Texts = std::vector<std::string>;

// ---- the reference: specification §5.4, one rule at a time

bool below(std::string_view host, std::string_view name) {
  return host.size() > name.size() + 1 && host.ends_with(name) && host[host.size() - name.size() - 1] == '.';
}

// Returns how specific the rule is for this host, by kind, then by length; 0 if it does not match.
std::size_t rank(std::string_view pattern, std::string_view host, const Texts& preset) {
  if (pattern == "*") return 1;
  if (pattern == "AUTO") {
    const bool hit = std::any_of(preset.begin(), preset.end(),
                                 [&](const std::string& entry) { return rank(entry, host, {}) > 0; });
    return hit ? 2 : 0;
  }
  if (pattern.starts_with("*.")) return below(host, pattern.substr(2)) ? 2'000 + pattern.size() : 0;
  if (pattern.ends_with(".*")) {
    return host.starts_with(pattern.substr(0, pattern.size() - 1)) ? 1'000 + pattern.size() : 0;
  }
  return pattern == host ? 10'000 : 0;
}

Match expected(const Texts& rules, std::string_view host, const Texts& preset) {
  std::string_view best[2];  // inclusion, exclusion
  std::size_t ranks[2] = {0, 0};
  for (const std::string_view rule : rules) {
    const bool excludes = rule.starts_with('-');
    const std::size_t found = rank(rule.substr(excludes ? 1 : 0), host, preset);
    if (found > ranks[excludes]) {
      ranks[excludes] = found;
      best[excludes] = rule;
    }
  }
  if (ranks[1] > 0) return {Route::direct, best[1]};
  return {ranks[0] > 0 ? Route::gateway : Route::direct, best[0]};
}

// ---- random names of few labels, so that rules and hosts often match

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }

  std::string host() {
    static constexpr std::array<std::string_view, 6> labels = {"a", "b", "ab", "www", "com", "x-1"};
    std::string name(labels[below(labels.size())]);
    for (auto more = below(5); more > 0; --more) name.append(".").append(labels[below(labels.size())]);
    return name;
  }

  std::string pattern() {
    switch (below(8)) {
      case 0:
      case 1:
      case 2:
        return "*." + host();
      case 3:
      case 4:
        return host() + ".*";
      default:
        return host();
    }
  }

  std::string rule() {
    const std::string dash = below(4) == 0 ? "-" : "";
    const auto draw = below(60);
    if (draw == 0) return dash + "*";
    if (draw == 1) return dash + "AUTO";
    return dash + pattern();
  }

 private:
  std::mt19937 random_;
};

Texts drawn(std::size_t count, Generator& generator, std::string (Generator::*draw)()) {
  Texts out;
  for (std::size_t i = 0; i < count; ++i) out.push_back((generator.*draw)());
  return out;
}

}  // namespace

TEST_CASE("The index and a matcher that tries every rule find the same rule") {
  Generator generator(20'240'501);
  std::size_t proxied = 0;
  std::size_t excluded = 0;
  for (int round = 0; round < 150; ++round) {
    const Texts rules = drawn(generator.below(40), generator, &Generator::rule);
    const Texts preset = drawn(generator.below(6), generator, &Generator::pattern);
    Texts warnings;
    const RuleSet set = RuleSet::compile(rules, preset, warnings);
    REQUIRE(warnings.empty());
    REQUIRE(set.size() == rules.size());
    for (int i = 0; i < 40; ++i) {
      const std::string host = generator.host();
      const Match want = expected(rules, host, preset);
      const Match got = set.match(host);
      CAPTURE(round, host, rules, preset);
      REQUIRE(got.rule == want.rule);
      REQUIRE(got.route == want.route);
      proxied += got.route == Route::gateway ? 1U : 0U;
      excluded += got.route == Route::direct && !got.rule.empty() ? 1U : 0U;
    }
  }
  CHECK(proxied > 500);  // all three results must occur often
  CHECK(excluded > 500);
  CHECK(proxied + excluded < 5'500);
}

TEST_CASE("A look-up among 100,000 rules of each kind neither scans nor allocates") {
  constexpr std::size_t count = 100'000;
  Texts rules;
  rules.reserve(3 * count + 1);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    rules.push_back("exact" + n + ".example.com");
    rules.push_back("*.below" + n + ".example.com");
    rules.push_back((i % 2 == 0 ? "begin" : "-begin") + n + ".*");
  }
  Texts warnings;
  const RuleSet set = RuleSet::compile(rules, {}, warnings);
  REQUIRE(warnings.empty());
  REQUIRE(set.size() == 3 * count);

  // A scan would make 12,000,000,000 comparisons here.
  std::vector<std::array<std::string, 4>> hosts;
  for (std::size_t i = 0; i < count; i += 10) {
    const std::string n = std::to_string(i);
    hosts.push_back({"exact" + n + ".example.com", "a.b.below" + n + ".example.com", "begin" + n + ".co.uk",
                     "other" + n + ".a.b.c.example.org"});
  }
  const std::size_t before = allocations;
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    for (std::size_t kind = 0; kind < 3; ++kind) {
      const Match match = set.match(hosts[i][kind]);
      wrong += match.rule == rules[30 * i + kind] && match.route == Route::gateway ? 0U : 1U;
    }
    wrong += set.match(hosts[i][3]).rule.empty() ? 0U : 1U;
  }
  CHECK(allocations == before);
  CHECK(wrong == 0);
  CHECK(set.match("begin99999.com").rule == "-begin99999.*");
}
