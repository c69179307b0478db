// Which library may be included where. On Debian all libraries sit in one include folder, so link edges alone
// stop nothing; this table does. Which module may include which other one is written in lib/*/CMakeLists.txt.
#pragma once

#include <string_view>
#include <vector>

namespace imports {

using Names = std::vector<std::string_view>;

enum class In { any_file, cpp_only, one_cpp_only };

/// Where <header> may stand: `header` is the whole name, or a beginning of it where it ends in '/';
/// the first row that fits counts. A standard header without a row may stand anywhere.
struct Library {
  std::string_view header;
  Names modules;
  In in;
};

// dns reads a changed hosts file on a thread of its own.
inline const Names threaded{"dns", "api", "control", "sandbox", "agent", "app"};
inline const Names above_the_ground{"loop",  "net",   "dns",     "api",   "control",
                                    "proxy", "admin", "sandbox", "agent", "app"};
inline const Names all_but_rules{"base", "host",    "http",  "config", "telemetry", "loop",  "net", "dns",
                                 "api",  "control", "proxy", "admin",  "sandbox",   "agent", "app"};
inline const Names all{"base", "host", "http",    "rules", "config", "telemetry", "loop",  "net",
                       "dns",  "api",  "control", "proxy", "admin",  "sandbox",   "agent", "app"};

inline const std::vector<Library> libraries{
    // proxy, admin and agent get Asio from loop/asio.hpp and net/endpoint.hpp, with our aliases.
    {"asio/", {"loop", "net", "sandbox"}, In::any_file},
    // A hash of the token binds control's cache to it.
    {"openssl/evp.h", {"control", "sandbox"}, In::any_file},
    {"openssl/", {"net", "sandbox"}, In::any_file},
    {"ares.h", {"dns"}, In::cpp_only},
    {"arpa/nameser.h", {"dns"}, In::cpp_only},
    {"idn2.h", {"host"}, In::one_cpp_only},
    {"rapidjson/", {"config", "admin", "sandbox"}, In::cpp_only},
    {"httplib.h", {"api"}, In::one_cpp_only},
    {"CLI/", {"app"}, In::cpp_only},
    {"fmt/", all_but_rules, In::any_file},
    // host reads address literals with inet_pton, which computes and asks no server.
    {"arpa/inet.h", {"host", "api"}, In::cpp_only},
    {"netinet/in.h", {"host", "net", "api", "app"}, In::cpp_only},
    {"string.h", all, In::cpp_only},
    {"stdlib.h", all, In::cpp_only},
    {"time.h", {"dns"}, In::cpp_only},
    {"malloc.h", {"base"}, In::one_cpp_only},
    {"sys/types.h", all, In::any_file},
    // The modules below loop are pure: no sockets, no files, no processes.
    {"netinet/", above_the_ground, In::any_file},
    {"sys/", above_the_ground, In::any_file},
    {"netdb.h", above_the_ground, In::any_file},
    {"linux/", above_the_ground, In::cpp_only},
    {"dirent.h", above_the_ground, In::cpp_only},
    {"poll.h", above_the_ground, In::cpp_only},
    {"fcntl.h", above_the_ground, In::cpp_only},
    {"unistd.h", above_the_ground, In::any_file},
    {"signal.h", above_the_ground, In::any_file},
    // One thread does all proxy work.
    {"pthread.h", threaded, In::any_file},
    {"thread", threaded, In::any_file},
    // The logger is called by every thread and counts its lines.
    {"mutex", {"base", "api", "control", "sandbox", "agent", "app"}, In::any_file},
    {"condition_variable", threaded, In::any_file},
    {"future", threaded, In::any_file},
};

}  // namespace imports
