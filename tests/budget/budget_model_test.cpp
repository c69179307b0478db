// A model of many requests that share budgets: their sum never passes a limit by more than 64 KiB.
#include "budget/budget_book.hpp"
#include "budget/budget_share.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace aluvia::budget;
namespace policy = aluvia::policy;

namespace {

constexpr Seconds noon = 1'796'040'000;  // 2026-11-30T12:00:00Z
constexpr std::uint64_t most_over = 64 * 1024;
constexpr std::uint64_t largest_read = 128 * 1024;
// A TLS write is not shortened; it moves one record at most.
constexpr std::uint64_t record = 16 * 1024;

struct Model {
  explicit Model(unsigned seed) : random(seed) {
    book.follow(policy::compile_budgets(texts, std::nullopt), noon, true);
  }

  std::uint64_t below(std::uint64_t end) {
    return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random);
  }

  void open() {
    open_requests.push_back(std::make_unique<BudgetShare>(book.of(below(2) ? "a.com" : "b.com", 443)));
  }

  // As a stream does: it asks, moves at most the grant, and counts what has moved.
  void move(BudgetShare& share) {
    const std::uint64_t left = share.left();
    if (left == 0) return;
    const bool is_tls_write = below(50) == 0;
    const std::uint64_t wanted = is_tls_write ? below(record) + 1 : std::min(below(largest_read) + 1, left);
    share.spend(wanted);
    moved += wanted;
    share.new_receive_buffer();
  }

  void step() {
    if (open_requests.empty() || below(20) == 0) return open();
    const std::size_t at = below(open_requests.size());
    if (open_requests.size() > 1000 || below(40) == 0) {
      open_requests.erase(open_requests.begin() + static_cast<std::ptrdiff_t>(at));
      return;
    }
    move(*open_requests[at]);
  }

  const std::vector<std::string> texts{"40MB/day", "300MB/month", "a.com=10MB/day"};
  std::mt19937 random;
  BudgetBook book;
  std::vector<std::unique_ptr<BudgetShare>> open_requests;
  std::uint64_t moved = 0;  // since the period began
};

}  // namespace

TEST_CASE("Random requests never pass the limit of a budget by more than 64 KiB") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Model model(seed);
    for (int i = 0; i < 1000; ++i) model.open();
    for (int i = 0; i < 20'000; ++i) model.step();
    INFO("seed " << seed);
    for (const auto& budget : model.book.all()) CHECK(budget->spent() <= budget->spec().bytes + most_over);
    CHECK(model.moved <= 40'000'000 + most_over);
    CHECK(model.book.all()[0]->is_closed());
  }
}

TEST_CASE("A new period gives its whole amount, and a longer budget remembers the last one") {
  Model model(7);
  for (int i = 0; i < 20'000; ++i) model.step();
  const std::uint64_t first = model.moved;
  CHECK(model.book.all()[0]->is_closed());
  CHECK(model.book.advance(noon + 86400 / 2));
  CHECK_FALSE(model.book.all()[0]->is_closed());
  CHECK(model.book.all()[1]->spent() == 0);  // 2026-12-01 begins a month, too
  model.moved = 0;
  for (int i = 0; i < 20'000; ++i) model.step();
  CHECK(model.moved >= 40'000'000);
  CHECK(first <= 40'000'000 + most_over);
}
