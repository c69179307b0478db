// Moves bytes one way, from a stream to a stream. It knows neither HTTP nor tunnels: two pumps relay a
// tunnel, one with a filter moves a message body.
//
// It reads into one buffer that belongs to the loop and writes from there. Only what the sink does not take
// at once is copied, and then nothing more is read until that is gone: back-pressure, bounded by the loop's
// buffer. Once reads come large, a pipe is borrowed and the bytes are spliced inside the kernel; it is given
// back as soon as nothing comes. While nothing moves, a pump holds neither buffer nor pipe. It never moves
// more than a budget per turn of the loop, so that a bulk stream leaves all others their turn.
#pragma once

#include "net/pipe_pool.hpp"
#include "net/splicer.hpp"
#include "net/stream.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace aluvia::net {

/// Looks at the bytes that pass a pump, and says where they end.
class PumpFilter {
 public:
  struct Verdict {
    enum class Kind { more, complete, wrong };
    Kind kind = Kind::more;
    std::size_t consumed = 0;  ///< bytes looked at and taken; the rest is the next message's
    std::size_t forward = 0;   ///< bytes at the front of the buffer to send on (after rewriting in place)
    std::string held{};        ///< bytes of earlier calls, held back until now: to be sent on before those
  };

  virtual ~PumpFilter() = default;
  virtual Verdict inspect(std::span<char> bytes) = 0;
  /// Upper bound for the next read; 0: the end has been seen, nothing more is to be read.
  virtual std::uint64_t read_limit() const = 0;
  /// The source ended: whether that is a proper end here.
  virtual bool may_end() const = 0;
  /// So many of the next bytes need not be looked at and may pass inside the kernel; pass() is told.
  virtual std::uint64_t opaque() const { return 0; }
  virtual void pass(std::uint64_t /*count*/) {}
};

/// Loop thread only. Source, sink, filter and buffer must outlive the pump; it may be destroyed at any time.
class Pump {
 public:
  enum class End {
    source_ended,   ///< orderly end of the source, where the filter allows one; everything has been written
    complete,       ///< the filter saw the end; everything has been written
    source_failed,  ///< `error` of the source; with a filter also: ended too early (connection_aborted)
    sink_failed,    ///< `error` of the sink
    malformed,      ///< the filter refused the bytes
  };
  struct Outcome {
    End end = End::source_ended;
    std::error_code error{};
  };
  using OnEnd = std::function<void(Outcome)>;

  /// With `pipes`, bulk between plain streams is spliced inside the kernel.
  Pump(Stream& source, Stream& sink, std::span<char> loop_buffer, PumpFilter* filter = nullptr,
       PipePool* pipes = nullptr);
  ~Pump();  // on_end is not called any more
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  /// Begins. `first` are bytes of the source that were read before: they go out first (unfiltered), and their
  /// memory is overwritten, because a head with a credential may be among them.
  /// `on_end` is called once, from the loop, never from inside start().
  void start(std::string first, OnEnd on_end);

  /// Ends it soon, as the source's failure (operation_aborted), whatever it waits for. After its end:
  /// nothing.
  void cancel();

  std::uint64_t bytes() const noexcept;  ///< written to the sink so far
  loop::TimePoint last_progress()
      const noexcept;                    ///< when bytes moved last (or start() was called), by coarse_now()
  std::string take_leftover() noexcept;  ///< bytes read behind the end that the filter saw

 private:
  // Stands in the loop's lists while it waits.
  struct State final : loop::Waiter {
    State(Stream& from, Stream& to, std::span<char> memory, PumpFilter* through, PipePool* pool)
        : source(from), sink(to), buffer(memory), filter(through), pipes(pool) {}
    ~State() override { drop_pending(); }

    void resume();
    bool flush();  // true: nothing is pending any more
    void drop_pending() noexcept;
    bool drain();  // true: the pipe holds nothing any more
    void give_back_pipe();
    bool read_once();    // true: go on reading
    bool splice_once();  // true: go on reading
    bool stop_reading(const IoResult& got);
    bool take(std::size_t count);  // false: it is over, and this object may be gone
    bool inspect(std::size_t& count, std::string& held);
    void keep(std::string_view first, std::string_view second);
    bool is_bulk() const;
    void wait(Stream& stream, loop::Want want);
    void yield();
    void on_event(std::error_code error) override;
    void end(Outcome outcome);

    Stream& source;
    Stream& sink;
    std::span<char> buffer;
    PumpFilter* filter;
    PipePool* pipes;  // null: never splice
    // Two pumps are most of an idle tunnel's memory: what few of them need is elsewhere.
    std::unique_ptr<Splicer> splicer;
    std::unique_ptr<const std::string> leftover;
    OnEnd on_end;
    std::string pending;   // read, not yet taken by the sink
    std::size_t sent = 0;  // of pending
    std::uint64_t bytes = 0;
    std::size_t turn = 0;
    loop::TimePoint last_progress;
    bool last_was_large = false;
    bool is_first = false;     // what is pending was given to start(): a head with a credential, maybe
    bool is_complete = false;  // the filter has seen the end; on_end follows once pending is flushed
  };

  State state_;
};

}  // namespace aluvia::net
