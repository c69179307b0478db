// Lists which modules may include which library. On Debian all libraries are in one include folder, so link
// dependencies alone do not prevent an include. Includes between modules: see lib/*/CMakeLists.txt.
#pragma once

#include <string_view>
#include <vector>

namespace imports {

using Names = std::vector<std::string_view>;

enum class In { any_file, cpp_only, one_cpp_only };

/// The modules that may include `header`, which is a whole name, or a prefix if it ends in '/'. The first row
/// that matches counts. A standard header without a row may be included everywhere.
struct Library {
  std::string_view header;
  Names modules;
  In in;
};

// dns reads a changed hosts file on a thread of its own, access_log and usage write on theirs.
inline const Names threaded{"access_log", "usage", "dns", "api", "control", "sandbox", "agent", "app"};
inline const Names loop_and_above{"access_log", "usage", "loop",  "net",     "dns",   "api",
                                  "control",    "proxy", "admin", "sandbox", "agent", "app"};
inline const Names with_system_calls{"access_log", "usage", "base",  "loop",    "net",   "dns", "api",
                                     "control",    "proxy", "admin", "sandbox", "agent", "app"};
inline const Names all_but_rules{"access_log", "ledger",  "usage",  "base",  "host",    "http",
                                 "socks",      "mcp",     "policy", "learn", "config",  "telemetry",
                                 "loop",       "net",     "dns",    "api",   "control", "proxy",
                                 "admin",      "sandbox", "agent",  "app"};
inline const Names all{"access_log", "ledger",  "usage", "base",   "host",      "http",  "socks", "mcp",
                       "rules",      "policy",  "learn", "config", "telemetry", "loop",  "net",   "dns",
                       "api",        "control", "proxy", "admin",  "sandbox",   "agent", "app"};

inline const std::vector<Library> libraries{
    // proxy, admin and agent get Asio from loop/loop.hpp and net/endpoint.hpp, with our aliases.
    {"asio/", {"loop", "net", "sandbox"}, In::any_file},
    // A hash of the token binds control's cache to it.
    {"openssl/evp.h", {"control", "sandbox"}, In::any_file},
    {"openssl/", {"net", "sandbox"}, In::any_file},
    {"ares.h", {"dns"}, In::cpp_only},
    {"arpa/nameser.h", {"dns"}, In::cpp_only},
    {"idn2.h", {"host"}, In::one_cpp_only},
    {"sqlite3.h", {"usage"}, In::one_cpp_only},
    {"rapidjson/fwd.h", {"base"}, In::any_file},
    {"rapidjson/", {"base", "learn", "config", "mcp", "admin", "sandbox", "app"}, In::cpp_only},
    {"httplib.h", {"api"}, In::one_cpp_only},
    {"CLI/", {"app"}, In::cpp_only},
    {"fmt/", all_but_rules, In::any_file},
    // host and policy read address literals with inet_pton, which computes and asks no server.
    {"arpa/inet.h", {"host", "socks", "policy"}, In::cpp_only},
    {"netinet/in.h", {"host", "socks", "net", "api", "app"}, In::cpp_only},
    {"string.h", all, In::cpp_only},
    {"stdlib.h", all, In::cpp_only},
    {"time.h", {"dns"}, In::cpp_only},
    {"malloc.h", {"base"}, In::one_cpp_only},
    {"termios.h", {"app"}, In::any_file},
    {"sys/types.h", all, In::any_file},
    // The modules below loop are pure: no sockets, no files, no processes.
    {"netinet/", loop_and_above, In::any_file},
    {"sys/", loop_and_above, In::any_file},
    {"linux/", loop_and_above, In::cpp_only},
    {"dirent.h", loop_and_above, In::cpp_only},
    {"poll.h", loop_and_above, In::cpp_only},
    {"fcntl.h", loop_and_above, In::cpp_only},
    // base writes one line by write(2) when memory runs out, which must not allocate.
    {"unistd.h", with_system_calls, In::any_file},
    {"signal.h", loop_and_above, In::any_file},
    // One thread does all proxy work.
    {"pthread.h", threaded, In::any_file},
    {"thread", threaded, In::any_file},
    // The logger is called by every thread and counts its lines.
    {"mutex", {"access_log", "usage", "base", "api", "control", "sandbox", "agent", "app"}, In::any_file},
    {"condition_variable", threaded, In::any_file},
    {"future", threaded, In::any_file},
};

}  // namespace imports
