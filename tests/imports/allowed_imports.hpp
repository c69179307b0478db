// Which room may include what: the one table that lib/README.md's floors mean. On Debian all libraries sit in
// one include folder and every room sees all of lib/, so link edges alone stop nothing; this does.
#pragma once

#include <string_view>
#include <vector>

namespace imports {

struct Room {
  std::string_view name;
  std::vector<std::string_view> rooms;  ///< besides itself
};

inline const std::vector<Room> rooms{
    // floor 0: pure; no sockets, no threads, no clock of their own
    {"base", {}},
    {"http", {"base"}},
    {"rules", {"base"}},
    {"config", {"base", "rules"}},
    {"telemetry", {"base"}},
    // floor 1
    {"net", {"base"}},
    // floor 2: walls between them; the two planes meet only in config's snapshot
    {"control", {"base", "config"}},
    {"proxy", {"base", "http", "rules", "config", "telemetry", "net"}},
    {"sandbox", {"base", "http", "config"}},
    // floor 3
    {"agent", {"base", "http", "rules", "config", "telemetry", "net", "control", "proxy"}},
    {"app", {"base", "config", "agent", "sandbox"}},
};

enum class In { any_file, cpp_only, one_cpp_only };

/// Where <header> may stand: `header` is the whole name, or a beginning of it where it ends in '/'.
struct Library {
  std::string_view header;
  std::vector<std::string_view> rooms;
  In in;
};

inline const std::vector<Library> libraries{
    // proxy and agent get Asio by way of net/asio.hpp, with its namespace aliases
    {"asio.hpp", {"net", "sandbox"}, In::any_file},
    {"asio/", {"net", "sandbox"}, In::any_file},
    {"openssl/", {"net", "sandbox"}, In::any_file},
    {"ares.h", {"net"}, In::cpp_only},
    {"rapidjson/", {"config", "sandbox"}, In::cpp_only},
    {"httplib.h", {"control"}, In::one_cpp_only},
    {"CLI/", {"app"}, In::cpp_only},
    {"fmt/",
     {"base", "http", "config", "telemetry", "net", "control", "proxy", "sandbox", "agent", "app"},
     In::any_file},
    // the C library's own, and what would break the promise of a pure ground floor
    {"string.h", {"base"}, In::cpp_only},
    {"thread", {"net", "control", "sandbox", "agent", "app"}, In::any_file},
    {"mutex", {"net", "control", "sandbox", "agent", "app"}, In::any_file},
    {"condition_variable", {"net", "control", "sandbox", "agent", "app"}, In::any_file},
    {"future", {"net", "control", "sandbox", "agent", "app"}, In::any_file},
    {"sys/", {"net", "control", "proxy", "sandbox", "agent", "app"}, In::any_file},
    // http reads address literals with inet_pton, which computes and asks nobody
    {"netinet/", {"http", "net", "sandbox"}, In::any_file},
    {"arpa/inet.h", {"http", "net", "sandbox"}, In::cpp_only},
    {"netdb.h", {"net"}, In::cpp_only},
    {"poll.h", {"net", "sandbox", "app"}, In::cpp_only},
    {"fcntl.h", {"net", "proxy", "sandbox", "agent", "app"}, In::cpp_only},
    {"unistd.h", {"base", "net", "control", "proxy", "sandbox", "agent", "app"}, In::cpp_only},
};

}  // namespace imports
