#include "proxy/burst_memory.hpp"

#include "base/heap.hpp"

#include <algorithm>

namespace aluvia::proxy {
namespace {

// So many clients make a burst, which is over when an eighth is left.
constexpr std::size_t burst = 16;

constexpr std::chrono::seconds lull{2};

}  // namespace

BurstMemory::BurstMemory(const loop::Executor& executor) : lull_(executor, [this] { give_back(); }) {}

void BurstMemory::grown(std::size_t clients) noexcept {
  clients_ = clients;
  most_ = std::max(most_, clients);
}

void BurstMemory::shrunk(std::size_t clients) noexcept {
  clients_ = clients;
  if (waits_ || !is_over()) return;
  lull_.set_after(lull);
  waits_ = true;
}

bool BurstMemory::is_over() const noexcept {
  return most_ >= burst && clients_ <= most_ / 8;
}

void BurstMemory::give_back() noexcept {
  waits_ = false;
  if (!is_over()) return;  // another one has begun
  most_ = clients_;
  release_free_memory();
}

}  // namespace aluvia::proxy
