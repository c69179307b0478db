// Death in every state. The tables of reset_states_*.cpp hold one row for each place where lib/proxy waits:
// how a connection comes to wait there, and what its client must see when the upstream dies there. This file
// kills either side of every row, by a reset and by an orderly end, and the whole proxy, and looks at who is
// left:
//
//   who dies                  the other side must see                      and the proxy
//   client, reset or end      its connection let go, and never the end     holds no connection, tunnel or
//                             of a message that was not sent to its end    socket more than before
//   upstream, reset or end    what its row says: an answer that names      likewise
//                             the error, a reset, or nothing at all;
//                             never an answer that looks whole
//   the proxy (stop, cut)     its end                                      stops
//
// All rows run side by side, for some need a second until a limit strikes. The last test reads the sources: a
// function that begins to wait without a row fails it.
#include "reset_fixture.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <list>
#include <regex>
#include <set>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

enum class How { reset, end };

void kill(Peer& peer, How how) {
  if (how == How::reset) return peer.resets();
  peer.closes();
}

/// The cases of all rows.
class ResetFixture {
 public:
  explicit ResetFixture(const std::function<bool(const State&)>& wanted) {
    for (const State& state : states_) {
      if (wanted(state)) cases_.emplace_back(shared_, state);
    }
    sockets_ = open_sockets();
  }

  void each(const std::function<void(ResetCase&)>& act) {
    for (ResetCase& one : cases_) {
      INFO(one.state.what << " (" << one.state.waits_in << ")");
      act(one);
    }
  }

  void returns_to_where_it_began() {
    each([](ResetCase& one) {
      one.client.closes();
      one.upstream.closes();
      one.others.clear();
      wait_until([&] { return one.proxy->is_empty(); });
    });
    wait_until([this] { return open_sockets() <= sockets_; });  // a proxy that stops has closed its listener
  }

 private:
  const SharedPeers shared_;
  const std::vector<State> states_ = all_states();
  std::list<ResetCase> cases_;
  std::size_t sockets_ = 0;
};

bool has_upstream(const State& state) {
  return state.after_reset != no_upstream;
}

void sees_nothing(ResetCase& one) {
  one.settles();
  CHECK(one.client.has_nothing_to_read());
}

void sees_the_end(ResetCase& one, std::string_view expected) {
  const Ending seen = one.client.read_to_end();

  INFO("it sees at last: " << seen.bytes.substr(seen.bytes.size() -
                                                std::min<std::size_t>(seen.bytes.size(), 600)));
  CHECK(seen.reset == (expected == cut));
  const bool is_answer = expected != cut && expected != ended;
  const std::string error = "\r\nProxy-Status: aluvia-connect; error=" + std::string(expected) + ";";
  CHECK((seen.bytes.find(error) != std::string::npos) == is_answer);
  CHECK((seen.bytes.find("HTTP/1.1 50") != std::string::npos) == is_answer);
}

TEST_CASE("A client that dies, at any point, takes its upstream along and leaves nothing behind") {
  const How how = GENERATE(How::reset, How::end);
  ResetFixture fixture([](const State&) { return true; });
  fixture.each([how](ResetCase& one) {
    one.state.enter(one);
    kill(one.client, how);
  });
  fixture.each([](ResetCase& one) {
    if (!one.upstream.is_open()) return;
    const Ending seen = one.upstream.read_to_end();  // it comes at all
    CHECK_FALSE(seen.bytes.ends_with("0\r\n\r\n"));
  });
  fixture.returns_to_where_it_began();
}

TEST_CASE("An upstream that dies, at any point, is told or shown, and leaves nothing behind") {
  const How how = GENERATE(How::reset, How::end);
  ResetFixture fixture(has_upstream);
  fixture.each([how](ResetCase& one) {
    one.state.enter(one);
    kill(one.upstream, how);
  });
  fixture.each([how](ResetCase& one) {
    const std::string_view expected = how == How::reset ? one.state.after_reset : one.state.after_end;
    if (expected == unharmed) return sees_nothing(one);
    sees_the_end(one, expected);
  });
  fixture.returns_to_where_it_began();
}

TEST_CASE("A proxy that is cut, at any point, stops at once and shows it to both sides") {
  ResetFixture fixture([](const State&) { return true; });
  fixture.each([](ResetCase& one) {
    one.state.enter(one);
    one.proxy->stop(std::chrono::milliseconds::zero());
  });
  fixture.each([](ResetCase& one) {
    one.proxy->waits_until_stopped();
    one.client.read_to_end();
    if (one.upstream.is_open()) one.upstream.read_to_end();
  });
}

using Names = std::set<std::string>;

Names split(std::string_view list) {
  const std::string text(list);
  const std::regex separator(", ");
  return {std::sregex_token_iterator(text.begin(), text.end(), separator, -1), {}};
}

// "file: function" of everything that waits by itself, or begins what does.
Names waiting_functions(const std::filesystem::path& file) {
  static const std::regex definition(R"(^(?:  )?(?:[\w:]+(?:<.*>)?[&*]? )+(?:\w+::)*(\w+)\()");
  static const std::regex statement(R"(=|\breturn\b|\bco_|;$|^ .*\($)");
  static const std::regex wait(
      R"(\.ready\(|write_all\(|(?:sweeper_|grace_)\.set_|over_?(?:\.|->)wait\(|client_\.wait\(|resolver_\.resolve|connector\.finished\(|->handshake\(|loop::pause\(|\.wait_until\(|(up_|down_|pump_|download_|place)(\.|->)start\()");
  Names out;
  std::string function;
  std::smatch found;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (std::regex_search(line, found, definition) && !std::regex_search(line, statement))
      function = found[1];
    if (std::regex_search(line, wait)) out.insert(file.filename().string() + ": " + function);
  }
  return out;
}

TEST_CASE("Every function that waits has a row, and every row a function that waits") {
  Names wait;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(ALUVIA_SOURCE_DIR "/lib/proxy")) {
    if (entry.path().extension() == ".cpp") wait.merge(waiting_functions(entry.path()));
  }
  Names told;
  for (const State& state : all_states()) told.merge(split(state.waits_in));
  CHECK(wait.size() > 20);
  CHECK(wait == told);
}

}  // namespace
}  // namespace aluvia::test
