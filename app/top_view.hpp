// TopView: the text of `aluvia-connect top`: state, bytes per second, hosts and recent requests.
#pragma once

#include "live_answer.hpp"
#include "terminal_screen.hpp"
#include "terminal_style.hpp"

#include <deque>
#include <string>

namespace aluvia::app {

class TopView {
 public:
  /// `is_live`: it fills a terminal, whose keys it names.
  TopView(const TerminalStyle& style, bool is_live) : style_(style), is_live_(is_live) {}

  /// Takes the next answer of the proxy, the one after the request last().
  void take(LiveAnswer answer);
  std::uint64_t last() const noexcept { return answers_.empty() ? 0 : answers_.back().last(); }

  /// f: failed requests only, or all. p: pause, or go on. Other keys do nothing.
  void press(char key);
  bool is_paused() const noexcept { return is_paused_; }

  /// Returns at most as many lines as the terminal has. Precondition: take() was called.
  std::string text(TerminalSize size) const;

 private:
  struct Rates {
    double gateway = 0;  ///< bytes per second
    double direct = 0;
  };

  void forget_old_answers();
  void measure(const LiveAnswer::State& now);
  std::string header(std::size_t width) const;
  std::string traffic_line(std::string_view name, Tone tone, double rate,
                           const LiveAnswer::RouteSums& sums) const;
  std::string hosts(std::size_t width, std::size_t rows) const;
  std::string requests(std::size_t width, std::size_t rows) const;

  TerminalStyle style_;
  bool is_live_;
  std::deque<LiveAnswer> answers_;  // newest last; the others have recent requests
  Rates rates_;
  double measured_at_ = 0;  // uptime of the proxy, seconds
  std::uint64_t gateway_bytes_ = 0;
  std::uint64_t direct_bytes_ = 0;
  bool failed_only_ = false;
  bool is_paused_ = false;
};

}  // namespace aluvia::app
