// Which room may include what: the one table that lib/README.md's floors mean. On Debian all libraries sit in
// one include folder and every room sees all of lib/, so link edges alone stop nothing; this does.
#pragma once

#include <string_view>
#include <vector>

namespace imports {

using Rooms = std::vector<std::string_view>;

struct Room {
  std::string_view name;
  Rooms rooms;  ///< besides itself
};

inline const std::vector<Room> rooms{
    // floor 0: pure; no sockets, no threads, no clock of their own
    {"base", {}},
    {"host", {"base"}},
    {"http", {"base", "host"}},
    {"rules", {"base", "host"}},
    {"config", {"base", "rules"}},
    {"telemetry", {"base", "rules"}},
    // floor 1
    {"net", {"base"}},
    // floor 2: walls between them; the two planes meet only in config's snapshot
    {"control", {"base", "config"}},
    {"proxy", {"base", "http", "rules", "config", "telemetry", "net"}},
    {"admin", {"base", "host", "http", "rules", "config", "telemetry", "net"}},
    {"sandbox", {"base", "http", "config"}},
    // floor 3
    {"agent", {"base", "http", "rules", "config", "telemetry", "net", "control", "proxy", "admin"}},
    {"app", {"base", "http", "config", "control", "admin", "agent", "sandbox"}},
};

enum class In { any_file, cpp_only, one_cpp_only };

/// Where <header> may stand: `header` is the whole name, or a beginning of it where it ends in '/';
/// the first row that fits counts. A standard header without a row may stand anywhere.
struct Library {
  std::string_view header;
  Rooms rooms;
  In in;
};

// net reads a changed hosts file on a thread of its own
inline const Rooms threaded{"net", "control", "sandbox", "agent", "app"};
inline const Rooms above_the_ground{"net", "control", "proxy", "admin", "sandbox", "agent", "app"};
inline const Rooms all_but_rules{"base",    "host",  "http",  "config",  "telemetry", "net",
                                 "control", "proxy", "admin", "sandbox", "agent",     "app"};
inline const Rooms anyone{"base",    "host",  "http",  "rules",   "config", "telemetry", "net",
                          "control", "proxy", "admin", "sandbox", "agent",  "app"};

inline const std::vector<Library> libraries{
    // proxy, admin and agent get Asio by way of net/asio.hpp, with its namespace aliases
    {"asio.hpp", {"net", "sandbox"}, In::any_file},
    {"asio/", {"net", "sandbox"}, In::any_file},
    // a hash of the token binds control's cache to it
    {"openssl/evp.h", {"net", "control", "sandbox"}, In::any_file},
    {"openssl/", {"net", "sandbox"}, In::any_file},
    {"ares.h", {"net"}, In::cpp_only},
    {"arpa/nameser.h", {"net"}, In::cpp_only},
    {"idn2.h", {"host"}, In::one_cpp_only},
    {"rapidjson/", {"config", "admin", "sandbox"}, In::cpp_only},
    {"httplib.h", {"control"}, In::one_cpp_only},
    {"CLI/", {"app"}, In::cpp_only},
    {"fmt/", all_but_rules, In::any_file},
    // host reads address literals with inet_pton, which computes and asks no server
    {"arpa/inet.h", {"host", "net", "control", "sandbox"}, In::cpp_only},
    {"netinet/in.h", {"host", "net", "control", "sandbox", "app"}, In::cpp_only},
    {"string.h", anyone, In::cpp_only},
    {"stdlib.h", anyone, In::cpp_only},
    {"time.h", {"net"}, In::cpp_only},
    {"malloc.h", {"base"}, In::one_cpp_only},
    // what would break the promise of a pure ground floor
    {"netinet/", above_the_ground, In::any_file},
    {"sys/", above_the_ground, In::any_file},
    {"netdb.h", above_the_ground, In::any_file},
    {"linux/", above_the_ground, In::cpp_only},
    {"dirent.h", above_the_ground, In::cpp_only},
    {"poll.h", above_the_ground, In::cpp_only},
    {"fcntl.h", above_the_ground, In::cpp_only},
    {"unistd.h", above_the_ground, In::any_file},
    {"signal.h", above_the_ground, In::any_file},
    // and of one thread for all proxy work
    {"pthread.h", threaded, In::any_file},
    {"thread", threaded, In::any_file},
    // the logger is called by every thread, and counts its lines
    {"mutex", {"base", "control", "sandbox", "agent", "app"}, In::any_file},
    {"shared_mutex", threaded, In::any_file},
    {"condition_variable", threaded, In::any_file},
    {"future", threaded, In::any_file},
};

}  // namespace imports
