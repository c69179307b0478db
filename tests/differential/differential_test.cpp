// Compares our message reader with another one. Every disagreement must be in disagreements.txt with the side
// that rejects the message and the reason; an entry that no longer disagrees fails, too.
#include "reading.hpp"
#include "table.hpp"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

using namespace aluvia::differential;

namespace {

const std::string folder = ALUVIA_DIFFERENTIAL_FOLDER;

struct Disagreement {
  std::string name;
  std::string who;
  std::string details;
};

std::string who_differs(const Reading& ours, const Reading& theirs) {
  if (describe(ours) == describe(theirs)) return "";
  if (ours.verdict == Verdict::refused) return "we reject";
  return theirs.verdict == Verdict::refused ? "they reject" : "we read differently";
}

std::vector<Disagreement> compare(Kind kind, const std::string& file, std::set<std::string>& names) {
  std::vector<Disagreement> out;
  for (const auto& [name, bytes] : read_messages(folder + file)) {
    INFO(file << ": the name occurs twice: " << name);
    REQUIRE(names.insert(name).second);
    const Reading ours = read_ours(kind, bytes);
    const Reading theirs = read_theirs(kind, bytes);
    const std::string who = who_differs(ours, theirs);
    if (who.empty()) continue;
    out.push_back({name, who,
                   "\n  ours:   " + describe(ours) + " " + ours.why + "\n  theirs: " + describe(theirs) +
                       " " + theirs.why});
  }
  return out;
}

}  // namespace

TEST_CASE("Our reader and another one agree on unusual messages, except for the listed disagreements") {
  std::set<std::string> names;
  std::vector<Disagreement> all = compare(Kind::request, "/requests.txt", names);
  const std::vector<Disagreement> more = compare(Kind::response, "/responses.txt", names);
  all.insert(all.end(), more.begin(), more.end());
  CHECK(names.size() >= 200);

  auto known = read_disagreements(folder + "/disagreements.txt");
  for (const Disagreement& found : all) {
    const auto entry = known.find(found.name);
    const std::string listed = entry == known.end() ? "nothing" : entry->second.who;
    INFO("[" << found.who << "] " << found.name << found.details << "\n  listed: " << listed);
    CHECK(listed == found.who);
    if (entry != known.end()) known.erase(entry);
  }
  for (const auto& [name, entry] : known) {
    INFO("[" << entry.who << "] " << name << " is listed, but no longer disagrees or is not a message");
    CHECK(name.empty());
  }
}
