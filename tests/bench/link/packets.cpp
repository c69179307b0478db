#include "link/packets.hpp"

#include <array>

#include <unistd.h>

namespace aluvia::bench {
namespace {

// A TUN device without segmentation offload passes packets of at most its MTU, 1,500 bytes.
constexpr std::size_t largest_packet = 2048;
// The length of the queue of a router; a link that is overtaxed drops packets rather than delay them further.
constexpr std::size_t most_packets = 65536;

}  // namespace

void PacketLine::set(LinkQuality quality, std::uint64_t seed) {
  quality_ = quality;
  random_.seed(seed);
}

void PacketLine::collect() {
  std::array<char, largest_packet> buffer;
  for (;;) {
    const ssize_t got = ::read(from_.get(), buffer.data(), buffer.size());
    if (got <= 0) return;
    const bool lost = is_lost();  // drawn for each packet, so that the sequence depends on the seed alone
    if (lost || packets_.size() >= most_packets) continue;
    packets_.push_back(
        {Clock::now() + quality_.one_way, std::string(buffer.data(), static_cast<std::size_t>(got))});
  }
}

Clock::time_point PacketLine::deliver() {
  while (!packets_.empty() && packets_.front().due <= Clock::now()) {
    // A full queue of the receiver loses the packet, as a network would.
    [[maybe_unused]] const ssize_t sent =
        ::write(to_.get(), packets_.front().bytes.data(), packets_.front().bytes.size());
    packets_.pop_front();
  }
  return packets_.empty() ? Clock::time_point::max() : packets_.front().due;
}

}  // namespace aluvia::bench
