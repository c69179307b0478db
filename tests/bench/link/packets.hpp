// One direction of the emulated link: packets that arrive half a round trip after they were sent, unless
// lost.
#pragma once

#include "base/loop.hpp"

#include <deque>
#include <random>
#include <span>
#include <string>

namespace aluvia::bench {

struct LinkQuality {
  Clock::duration one_way{};
  double loss = 0;  // probability for each packet, 0 to 1
};

// Reads from the device of one end and writes to that of the other. Packets keep their order.
class PacketLine {
 public:
  // Both descriptors are non-blocking TUN devices that outlive the line.
  PacketLine(const Fd& from, const Fd& to) : from_(from), to_(to) {}

  // Holds for the packets that are collected from now on. The same seed loses the same ones, by number.
  void set(LinkQuality quality, std::uint64_t seed);

  // Takes every packet that the sender has written.
  void collect();
  // Writes the packets that have arrived; returns when the next one will.
  Clock::time_point deliver();

 private:
  struct Packet {
    Clock::time_point due;
    std::string bytes;
  };

  bool is_lost() { return std::bernoulli_distribution(quality_.loss)(random_); }

  const Fd& from_;
  const Fd& to_;
  LinkQuality quality_;
  std::mt19937_64 random_;
  std::deque<Packet> packets_;
};

}  // namespace aluvia::bench
