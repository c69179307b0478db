#include "telemetry/request_ring.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aluvia::telemetry {
namespace {

// A rule or a reason may quote foreign text of any length; a host has at most 253 bytes.
struct Part {
  std::string_view RequestRecord::*member;
  std::size_t most;
};
constexpr std::array parts{Part{&RequestRecord::client, 56}, Part{&RequestRecord::method, 24},
                           Part{&RequestRecord::host, 255},  Part{&RequestRecord::rule, 128},
                           Part{&RequestRecord::error, 40},  Part{&RequestRecord::reason, 160}};

// Cuts in front of a character of UTF-8, never inside of one.
std::string_view cut(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

}  // namespace

void RequestRing::add(const RequestRecord& record) {
  if (record.connect && record.route == rules::Route::gateway) gateway_connect_ = record.connect;
  const bool is_failure = record.outcome == RequestRecord::Outcome::failed;
  if (!is_failure && record.begin + record.duration > watched_until_) {
    ++unseen_;
    return;
  }
  keep(record);
}

// Slots and their texts keep their memory: a full ring allocates nothing unless a text is longer than before.
void RequestRing::keep(const RequestRecord& record) {
  const auto place = static_cast<std::size_t>(last_ % capacity);
  ++last_;
  if (place == slots_.size()) slots_.emplace_back();
  Slot& slot = slots_[place];
  slot.record = record;
  slot.record.path = {};  // live views show no paths
  slot.text.clear();
  std::size_t size = 0;
  for (const Part& part : parts) size += cut(record.*part.member, part.most).size();
  if (size >
      slot.text.capacity()) {  // a string that grows doubles its capacity, which the bound cannot afford
    slot.text = {};
    slot.text.reserve(size);
  }
  for (const Part& part : parts) slot.text += cut(record.*part.member, part.most);
  std::string_view rest = slot.text;
  for (const Part& part : parts) {
    const std::size_t part_size = cut(record.*part.member, part.most).size();
    slot.record.*part.member = rest.substr(0, part_size);
    rest.remove_prefix(part_size);
  }
}

void RequestRing::look(std::uint64_t since, std::size_t most, Time now, const Visitor& visit) {
  watched_until_ = now + attention;
  const std::uint64_t kept = std::min<std::uint64_t>({last_, capacity, most});
  const std::uint64_t after = since > last_ ? 0 : since;
  for (std::uint64_t n = std::max(after, last_ - kept) + 1; n <= last_; ++n)
    visit(n, slots_[(n - 1) % capacity].record);
}

const RequestRecord* RequestRing::last_failure(std::string_view host) const noexcept {
  for (std::uint64_t n = last_; n > 0 && last_ - n < slots_.size(); --n) {
    const RequestRecord& record = slots_[(n - 1) % capacity].record;
    if (record.outcome == RequestRecord::Outcome::failed && record.host == host) return &record;
  }
  return nullptr;
}

}  // namespace aluvia::telemetry
