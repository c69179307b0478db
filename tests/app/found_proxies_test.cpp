// Tests the search for running proxies and for the program that holds a port, and the texts about them.
#include "found_proxies.hpp"

#include "list_command.hpp"
#include "listening_sockets.hpp"
#include "port_holder.hpp"
#include "proxied_command.hpp"
#include "wrapped_text.hpp"

#include <algorithm>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace aluvia::app;
using Catch::Contains;
using Texts = std::vector<std::string>;

namespace {

struct ListeningHere {
  ListeningHere() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(socket, 1) == 0);
    REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
  }
  ~ListeningHere() { ::close(socket); }
  ListeningHere(const ListeningHere&) = delete;
  ListeningHere& operator=(const ListeningHere&) = delete;

  int socket;
  std::uint16_t port = 0;
};

FoundProxy proxy(std::uint16_t port) {
  FoundProxy out;
  out.port = port;
  out.url = "http://127.0.0.1:" + std::to_string(port);
  out.process = 17;
  out.uptime = 75;
  out.is_ready = true;
  out.command = "exec -- node agent.mjs";
  out.directory = "/home/a\tb";
  out.control_socket = "/run/user/5/aluvia-connect/" + std::to_string(port) + ".sock";
  return out;
}

}  // namespace

TEST_CASE("Listening sockets are read from the table of the kernel, and no others") {
  const auto sockets = listening_sockets_of(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:D431 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 "
      "100\n"
      "   1: 0100007F:D432 0100007F:0016 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0 "
      "100\n"
      "   2: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 33 0 "
      "4713 1\n"
      "   3: 0100007F:FFFFF 00000000:0000 0A 0:0 0:0 0 33 0 4714\nnonsense\n");
  REQUIRE(sockets.size() == 2);
  CHECK((sockets[0].port == 54321 && sockets[0].user == 1000 && sockets[0].inode == 4711));
  CHECK((sockets[1].port == 80 && sockets[1].user == 33 && sockets[1].inode == 4713));
}

TEST_CASE("The program that holds a port is found, and named in the error about it") {
  const ListeningHere here;
  const auto sockets = listening_sockets();
  const auto socket = std::ranges::find(sockets, here.port, &ListeningSocket::port);
  REQUIRE(socket != sockets.end());
  CHECK(socket->user == ::geteuid());
  CHECK(process_of_socket(socket->inode) == ::getpid());
  CHECK(program_name(::getpid()) == "app_test");
  CHECK(with_holder("cannot listen: the port is in use; choose another one", here.port) ==
        "cannot listen: the port is in use by app_test (process " + std::to_string(::getpid()) +
            "); choose another one");
  CHECK(with_holder("cannot listen: reason; advice", 0) == "cannot listen: reason; advice");
}

TEST_CASE("Another program on a port is no proxy, also where it never answers") {
  const ListeningHere here;
  CHECK_FALSE(probe_proxy(here.port));
}

TEST_CASE("Processes are found by user and program, except those of other commands") {
  const auto has = [](const std::vector<int>& all) {
    return std::ranges::find(all, ::getpid()) != all.end();
  };
  CHECK(has(processes_of(::geteuid(), "app_test", {"no-such-argument"})));
  CHECK_FALSE(has(processes_of(::geteuid() + 1, "app_test", {})));
  CHECK_FALSE(has(processes_of(::geteuid(), "app_tes", {})));
}

TEST_CASE("A proxy is recognized by its status, and nothing else is taken for one") {
  const auto found = read_status(
      R"({"ready":false,"url":"http://127.0.0.1:1","pid":17,"uptime_s":2.5,"command":"run","directory":"/a",)"
      R"("control_socket":"/x/aluvia-connect/1.sock"})");
  REQUIRE(found);
  CHECK((found->process == 17 && found->uptime == 2.5 && !found->is_ready));
  CHECK((found->command == "run" && found->directory == "/a" && found->url == "http://127.0.0.1:1"));
  CHECK(found->control_socket == "/x/aluvia-connect/1.sock");
  for (const char* const other :
       {"", "[]", "{}", R"({"pid":17})", R"({"ready":true,"pid":"17","uptime_s":1})"})
    CHECK_FALSE(read_status(other));
}

TEST_CASE("The list shows each proxy, and how commands reach those of another environment") {
  FoundProxy other = proxy(1002);
  other.is_in_reach = false;
  FoundProxy hidden;
  hidden.port = 1003;
  hidden.is_in_reach = false;
  const std::string text = list_text({proxy(1001), other, hidden}, {}, {});
  CHECK_THAT(text, Contains("\n1001   17       1 min 15 s    exec -- node agent.mjs  /home/a\\x09b\n"));
  CHECK_THAT(text, Contains("\n1003   -        -             -                       -\n"));
  CHECK_THAT(text, Contains("\n  XDG_RUNTIME_DIR=/run/user/5 aluvia-connect status --port 1002\n"));
  CHECK_THAT(text, Contains("The proxy on port 1003 was started with another XDG_RUNTIME_DIR or TMPDIR.\n"));
  CHECK_THAT(list_text({}, {}, {}), Contains("start one with aluvia-connect run"));
  CHECK_THAT(list_json({other}),
             Contains(R"({"port":1002,"url":"http://127.0.0.1:1002","pid":17,"uptime_s":75.0,)"
                      R"("ready":true,"command":"exec -- node agent.mjs",)") &&
                 Contains(R"("in_reach":false}]})"));
  CHECK(list_json({}) == "{\"proxies\":[],\"next\":\"aluvia-connect run\"}\n");
}

TEST_CASE("The list fits a terminal: a command keeps its beginning, a directory its end") {
  FoundProxy one = proxy(1001);
  one.command = "exec -- node a-program-with-a-rather-long-name.mjs";
  one.directory = "/home/user/projects/shop/agents/first";
  for (const std::size_t width : {60U, 80U, 100U}) {
    const std::string text = list_text({one, proxy(1002)}, width, {});
    for (std::size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1)
      CHECK(width_of(text.substr(begin, text.find('\n', begin) - begin)) <= width);
    CHECK_THAT(text, Contains("exec -- node") && Contains("first\n"));
  }
  CHECK_THAT(list_text({one}, 80, {}), Contains("…  …"));
  CHECK_THAT(list_text({one}, {}, {}), Contains(one.command + "  " + one.directory + "\n"));
}

TEST_CASE("A proxy that is not ready stands out in the list, and the list says how to ask why") {
  FoundProxy late = proxy(1001);
  late.is_ready = false;
  const std::string text = list_text({late, proxy(1002)}, {}, TerminalStyle(true));
  CHECK_THAT(text, Contains("\n\x1b[33m1001 ") && Contains("\n1002 "));
  CHECK_THAT(
      text, Contains("\nThe proxy on port 1001 is not ready; aluvia-connect status --port 1001 says why.\n"));
  CHECK_THAT(list_text({proxy(1002)}, {}, {}), !Contains("not ready"));
  FoundProxy hidden;
  hidden.port = 1003;
  CHECK_THAT(list_text({hidden}, {}, {}), !Contains("not ready"));
}

TEST_CASE("The variables that lead to a socket follow from its path") {
  CHECK(variables_for("/run/user/5/aluvia-connect/1.sock") == "XDG_RUNTIME_DIR=/run/user/5");
  CHECK(variables_for("/a b/aluvia-connect-5/1.sock") == "XDG_RUNTIME_DIR= TMPDIR='/a b'");
  for (const char* const other : {"", "/", "1.sock", "/aluvia-connect/1.sock", "/a/b/1.sock"})
    CHECK(variables_for(other).empty());
}

TEST_CASE("The short form of a command ends where a secret may begin") {
  CHECK(short_command({"/usr/bin/node", "agent.mjs"}) == "node agent.mjs");
  CHECK(short_command({"node", "agent.mjs", "--key", "s3cret"}) == "node agent.mjs …");
  CHECK(short_command({"curl", "http://u:p@a.test"}) == "curl …");
  CHECK(short_command({"env", "TOKEN=x", "node"}) == "env …");
  CHECK(short_command({"sh", "-c", "echo"}) == "sh …");
  CHECK(short_command({"echo", std::string(100, 'a')}) == "echo …");
}
