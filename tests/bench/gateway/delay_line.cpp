#include "gateway/delay_line.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <string>

namespace aluvia::bench {
namespace {

struct Parcel {
  Clock::time_point due;
  std::string bytes;  // none: the end of the stream
};

// One direction: parcels on their way, in order.
class Line {
 public:
  explicit Line(Loop& loop) : loop_(loop) {}

  void push(Parcel parcel) {
    parcels_.push_back(std::move(parcel));
    if (waiting_) loop_.resume_soon(std::exchange(waiting_, nullptr));
  }

  auto arrival() { return Arrival(*this); }
  Parcel pop() {
    Parcel parcel = std::move(parcels_.front());
    parcels_.pop_front();
    return parcel;
  }

 private:
  class Arrival {
   public:
    explicit Arrival(Line& line) : line_(line) {}
    bool await_ready() const { return !line_.parcels_.empty(); }
    void await_suspend(std::coroutine_handle<> caller) { line_.waiting_ = caller; }
    void await_resume() const {}

   private:
    Line& line_;
  };

  Loop& loop_;
  std::deque<Parcel> parcels_;
  std::coroutine_handle<> waiting_;
};

struct Pair {
  Stream client;
  Stream behind;
  Line up;
  Line down;
};

// The part of a pair that a flow works on; the pair lives as long as one of its flows.
template <typename Part>
std::shared_ptr<Part> part(const std::shared_ptr<Pair>& pair, Part Pair::*which) {
  return {pair, &((*pair).*which)};
}

Flow collect(std::shared_ptr<Stream> from, std::shared_ptr<Line> line, Clock::time_point not_before,
             Clock::duration half) {
  const auto buffer = std::make_unique<std::array<char, 64 * 1024>>();
  for (;;) {
    const ssize_t got = co_await from->receive(*buffer);
    const std::size_t size = got > 0 ? static_cast<std::size_t>(got) : 0;
    line->push({std::max(Clock::now(), not_before) + half, std::string(buffer->data(), size)});
    if (size == 0) co_return;
  }
}

Flow deliver(Loop& loop, std::shared_ptr<Line> line, std::shared_ptr<Stream> to) {
  for (;;) {
    co_await line->arrival();
    const Parcel parcel = line->pop();
    co_await loop.sleep_until(parcel.due);
    const bool sent = co_await to->send_all(parcel.bytes);
    if (parcel.bytes.empty() || !sent) break;
  }
  to->finish_sending();
}

}  // namespace

Flow delay(Loop& loop, Fd client, const sockaddr_in& behind, Clock::duration round_trip) {
  const auto connected = Clock::now() + round_trip;
  const auto pair = std::make_shared<Pair>(Stream(loop, std::move(client)),
                                           Stream(loop, start_connect(behind)), Line(loop), Line(loop));
  const bool good = co_await pair->behind.connected();
  if (!good) co_return;
  collect(part(pair, &Pair::client), part(pair, &Pair::up), connected, round_trip / 2);
  collect(part(pair, &Pair::behind), part(pair, &Pair::down), connected, round_trip / 2);
  deliver(loop, part(pair, &Pair::up), part(pair, &Pair::behind));
  deliver(loop, part(pair, &Pair::down), part(pair, &Pair::client));
}

}  // namespace aluvia::bench
