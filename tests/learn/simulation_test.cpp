// Simulates sites that block direct visitors in three ways for a while, and compares the decisions over time
// with the tables of docs/auto.md. The clock is a parameter.
#include "learn/learner.hpp"

#include <fstream>
#include <functional>
#include <sstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace aluvia::learn;
using namespace std::chrono_literals;
using Kind = EvidenceKind;
using State = HostState::State;

namespace {

constexpr const char* site = "shop.example";
const Time start = Time(std::chrono::seconds(1'764'000'000));

// A site that blocks addresses of data centers until `until`, and the client that visits it.
class Visits {
 public:
  Visits(Kind how, std::chrono::hours until) : how_(how), until_(until) {}

  // One visit of the site, beside one of another site that has an answer.
  void visit(Time::duration when) {
    const Time now = start + when;
    learner_.answered("other.example", true, now);
    learner_.expire(now);
    const bool is_direct = !is_learned();
    const bool is_blocked = is_direct && when < until_;
    std::string seen = "answer";
    if (is_blocked && how_ != Kind::report) {
      learner_.add({how_, site}, now);
      seen = how_ == Kind::reset ? "reset" : "silence";
    } else {
      learner_.answered(site, is_direct, now);
    }
    if (is_blocked && how_ == Kind::report) {
      learner_.add({how_, site, "status 403"}, now);
      seen = "403, reported";
    }
    // The next answer to another request tells a site that blocks from an outage.
    learner_.answered("other.example", true, now);
    rows_ += fmt::format("| {} | {} | {} | {} |\n", time_text(when), is_direct ? "direct" : "gateway", seen,
                         effect());
  }
  std::string table() const { return rows_; }

 private:
  bool is_learned() const {
    const HostState* const host = learner_.find(site);
    return host && host->state == State::learned;
  }
  static std::string time_text(Time::duration when) {
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(when).count();
    return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
  }
  std::string effect() {
    std::string out;
    for (const Change& change : learner_.take_changes()) {
      if (!out.empty()) out += ", ";
      if (change.what == Change::What::learned) out += "learned: " + change.host.evidence;
      if (change.what == Change::What::retried) out += "direct is tried again";
      if (change.what == Change::What::forgotten) out += "forgotten";
    }
    return out;
  }

  Kind how_;
  std::chrono::hours until_;
  Learner learner_{Mode::learn};
  std::string rows_;
};

std::string document() {
  const std::ifstream file(ALUVIA_DOCS "/auto.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("docs/auto.md has the decisions about a site that blocks for 30 hours and then stops") {
  const auto how = GENERATE(Kind::reset, Kind::report, Kind::silence);
  Visits visits(how, 30h);
  for (const auto when : {0min, 1min, 2min, 3min, 12 * 60min, 24 * 60min + 5min, 24 * 60min + 6min,
                          48 * 60min, 48 * 60min + 10min, 49 * 60min}) {
    visits.visit(when);
  }
  INFO(visits.table());
  CHECK(document().find(visits.table()) != std::string::npos);
}
