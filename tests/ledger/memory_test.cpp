// Measures the memory of the ledger and of the ring of requests when both are full.
#include "ledger/ledger.hpp"
#include "telemetry/request_ring.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <malloc.h>

using namespace aluvia;
using telemetry::RequestRecord;
using telemetry::RequestRing;

namespace {

constexpr std::size_t bound = 1'000'000;  // bytes, of ledger and ring together
constexpr std::size_t hosts = 1024;
constexpr std::size_t longest = 253;  // bytes of a host

// Bytes that the heap has given out, with its own overhead.
std::size_t heap_in_use() {
  return ::mallinfo2().uordblks;
}

std::string padded(std::size_t number, std::size_t size) {
  std::string out = fmt::format("h{}.", number);
  out.append(size > out.size() ? size - out.size() : 0, 'x');
  return out;
}

RequestRecord failure(std::string_view host, std::string_view rule, std::string_view reason) {
  RequestRecord out;
  out.client = "[2001:0db8:85a3:0000:0000:8a2e:0370:7334]:65535";
  out.method = "CONNECT";
  out.outcome = RequestRecord::Outcome::failed;
  out.host = host;
  out.rule = rule;
  out.error = "http_response_incomplete";
  out.reason = reason;
  return out;
}

// Fails one request of each host.
void fill(ledger::Ledger& ledger, std::size_t size) {
  for (std::size_t i = 0; i < hosts; ++i) {
    const std::string name = padded(i, size);
    ledger.close(ledger.open({name, rules::Route::gateway, name}, 1'000'000), failure(name, name, {}),
                 1'000'000);
  }
}

void fill(RequestRing& ring, std::size_t size) {
  const std::string reason(1000, 'r');
  for (std::size_t i = 0; i < hosts; ++i) {
    const std::string name = padded(i, size);
    ring.add(failure(name, name, reason));
  }
}

}  // namespace

TEST_CASE("A full ledger and a full ring take at most a megabyte, whatever the names") {
  // The last size of both is the worst: more names make the ledger give entries up.
  const std::size_t in_ledger = GENERATE(20u, 60u, longest, 48u);
  const std::size_t in_ring = GENERATE(20u, longest);
  const std::size_t before = heap_in_use();
  ledger::Ledger ledger;
  fill(ledger, in_ledger);
  RequestRing ring;
  fill(ring, in_ring);
  const std::size_t after = heap_in_use();
  CAPTURE(in_ledger, in_ring, after - before);
  CHECK(after - before <= bound);
  CHECK(after - before >= 300'000);  // the heap is measured
  if (in_ledger <= 48) CHECK(ledger.entries().size() == hosts);
}

TEST_CASE("Long names make a ledger hold fewer hosts, and lose no sum") {
  ledger::Ledger ledger;
  fill(ledger, longest);
  CHECK(ledger.entries().size() < hosts);
  CHECK(ledger.entries().size() > ledger::EntryTable::most_name_bytes / (2 * longest) * 9 / 10);
  const ledger::Sums sums = ledger.total(rules::Route::gateway);
  CHECK(sums.requests == hosts);
  CHECK(sums.failures == hosts);
}
