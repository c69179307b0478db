// Tests the messages that a service manager gets, on a real socket.
#include "service_manager.hpp"

#include "fixture.hpp"

#include <optional>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace aluvia;
using namespace aluvia::app;
using namespace std::chrono_literals;
using aluvia::app::test::Folder;
using Catch::Contains;
using Catch::StartsWith;

namespace {

// Listens where NOTIFY_SOCKET says.
class Listener {
 public:
  explicit Listener(const std::string& address)
      : descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    address.copy(at.sun_path, sizeof at.sun_path - 1);
    if (address[0] == '@') at.sun_path[0] = '\0';
    const auto size = offsetof(sockaddr_un, sun_path) + address.size() + (address[0] == '@' ? 0 : 1);
    REQUIRE(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&at), static_cast<socklen_t>(size)) == 0);
    ::setenv("NOTIFY_SOCKET", address.c_str(), 1);
  }
  ~Listener() {
    ::unsetenv("NOTIFY_SOCKET");
    ::close(descriptor_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// The next message; nothing where none comes soon.
  std::optional<std::string> hears(int patience_ms = 2000) {
    pollfd ready{descriptor_, POLLIN, 0};
    if (::poll(&ready, 1, patience_ms) != 1) return std::nullopt;
    std::string text(4096, '\0');
    const auto size = ::recv(descriptor_, text.data(), text.size(), 0);
    REQUIRE(size >= 0);
    text.resize(static_cast<std::size_t>(size));
    return text;
  }
  std::string message() { return hears().value_or("nothing"); }
  bool is_silent() { return !hears(0); }

 private:
  const int descriptor_;
};

struct Watchdog {
  explicit Watchdog(const std::string& usec, const std::string& process = {}) {
    ::setenv("WATCHDOG_USEC", usec.c_str(), 1);
    if (!process.empty()) ::setenv("WATCHDOG_PID", process.c_str(), 1);
  }
  ~Watchdog() {
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
  }
};

struct Log {
  Logger logger() {
    return Logger(
        LogLevel::info, LogFormat::text, [this](std::string_view line) { text += line; },
        &std::chrono::system_clock::now);
  }
  std::string text;
};

}  // namespace

TEST_CASE("A service manager gets start, readiness and reload, at a path or an abstract name") {
  const Folder folder;
  const std::string abstract = "@aluvia-app-test-" + std::to_string(::getpid());
  const std::string path = folder.path() + "/notify";
  Listener systemd(GENERATE_COPY(path, abstract));
  ServiceManager manager;
  manager.starting(0ms);
  CHECK(systemd.message() == "STATUS=starting: asking the API for the configuration\n");
  manager.ready();
  CHECK(systemd.message() == "READY=1\n");
  const auto reloaded = manager.reloading();
  CHECK_THAT(systemd.message(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  CHECK(systemd.is_silent());
  reloaded();
  CHECK(systemd.message() == "READY=1\n");
}

TEST_CASE("Of several reloads at a time the last one that ends is the end") {
  const Folder folder;
  Listener systemd(folder.path() + "/notify");
  ServiceManager manager;
  const auto first = manager.reloading();
  const auto second = manager.reloading();
  systemd.message();
  systemd.message();
  first();
  CHECK(systemd.is_silent());
  second();
  CHECK(systemd.message() == "READY=1\n");
}

TEST_CASE("A start that may wait for the API asks for the time") {
  const Folder folder;
  Listener systemd(folder.path() + "/notify");
  ServiceManager manager;
  manager.starting(60s);
  CHECK_THAT(systemd.message(), Contains("\nEXTEND_TIMEOUT_USEC=90000000\n"));
}

TEST_CASE("A beat carries the status, and the stop once, with the time that it may take") {
  const Folder folder;
  Listener systemd(folder.path() + "/notify");
  ServiceManager manager;
  const agent::HeartbeatOptions heartbeat = manager.heartbeat(5s);
  CHECK(heartbeat.interval == 0ms);
  heartbeat.on_beat("ready: 1 rule", false);
  CHECK(systemd.message() == "STATUS=ready: 1 rule\n");
  heartbeat.on_beat("stopping: 1 rule", true);
  CHECK(systemd.message() == "STATUS=stopping: 1 rule\nSTOPPING=1\nEXTEND_TIMEOUT_USEC=35000000\n");
  heartbeat.on_beat("stopping: 1 rule", true);
  CHECK(systemd.message() == "STATUS=stopping: 1 rule\n");
}

TEST_CASE("Where a watchdog waits for this process, every beat is a sign of life, twice as often as needed") {
  const Folder folder;
  Listener systemd(folder.path() + "/notify");
  const Watchdog watchdog("3000000", GENERATE(std::string(), std::to_string(::getpid())));
  ServiceManager manager;
  const agent::HeartbeatOptions heartbeat = manager.heartbeat(5s);
  CHECK(heartbeat.interval == 1500ms);
  heartbeat.on_beat("ready", false);
  CHECK(systemd.message() == "STATUS=ready\nWATCHDOG=1\n");
}

TEST_CASE("A watchdog for another process or with an invalid interval is ignored") {
  const Folder folder;
  Listener systemd(folder.path() + "/notify");
  const auto [usec, process] = GENERATE(table<std::string, std::string>({{"3000000", "1"},
                                                                         {"3000000", "x"},
                                                                         {"0", ""},
                                                                         {"-5", ""},
                                                                         {"3 s", ""},
                                                                         {"99999999999999999999", ""}}));
  const Watchdog watchdog(usec, process);
  ServiceManager manager;
  const agent::HeartbeatOptions heartbeat = manager.heartbeat(5s);
  CHECK(heartbeat.interval == 0ms);
  heartbeat.on_beat("ready", false);
  CHECK(systemd.message() == "STATUS=ready\n");
}

TEST_CASE("Why a start failed stands in the status, on one line and with an errno where there is one") {
  const Folder folder;
  Listener systemd(folder.path() + "/notify");
  ServiceManager manager;
  CHECK(manager.failed(bad_usage, "--port takes\na port") == bad_usage);
  CHECK(systemd.message() == "STATUS=--port takes\\x0aa port\nERRNO=22\n");
  CHECK(manager.failed(cannot_listen, "the port is in use", {.error_number = EADDRINUSE}) == cannot_listen);
  CHECK(systemd.message() == "STATUS=the port is in use\nERRNO=98\n");
  manager.failed(token_refused, "the API rejected the token");
  CHECK(systemd.message() == "STATUS=the API rejected the token\nERRNO=129\n");
  manager.failed(api_unavailable, "no answer");
  CHECK(systemd.message() == "STATUS=no answer\n");
}

TEST_CASE("Why a start failed is the log's last line where the log is JSON") {
  std::string log;
  ServiceManager manager;
  manager.log_to(Logger(
      LogLevel::silent, LogFormat::json, [&log](std::string_view line) { log += line; },
      &std::chrono::system_clock::now));
  CHECK(manager.failed(cannot_listen, "the port is in use", {.error_number = EADDRINUSE}) == cannot_listen);
  CHECK_THAT(log,
             Contains("\"level\":\"error\",\"event\":\"failed\",\"message\":\"the port is in "
                      "use\",\"error\":\"ProxyStartError\",\"exit\":73,\"next\":\"aluvia-connect list\"}\n"));
}

TEST_CASE("Why a start failed has the name of the specification's error, and the status of the API") {
  std::string log;
  ServiceManager manager;
  manager.log_to(Logger(
      LogLevel::silent, LogFormat::json, [&log](std::string_view line) { log = line; },
      &std::chrono::system_clock::now));
  manager.failed(bad_usage, "no user API token", {.error = "MissingUserTokenError"});
  CHECK_THAT(log, Contains("\"error\":\"MissingUserTokenError\",\"exit\":64"));
  manager.failed(bad_usage, "cannot use --port");
  CHECK_THAT(log, Contains("\"error\":\"InvalidOptionError\",\"exit\":64"));
  manager.failed(token_refused, "rejected", {.http_status = 403});
  CHECK_THAT(log, Contains("\"error\":\"InvalidUserTokenError\",\"status\":403,\"exit\":77"));
  manager.failed(bad_api_answer, "not JSON", {.http_status = 200});
  CHECK_THAT(log, Contains("\"error\":\"ApiError\",\"status\":200,\"exit\":76"));
  manager.failed(internal_error, "a bug");
  CHECK_THAT(log, Contains("\"error\":\"InternalError\",\"exit\":70}"));
}

TEST_CASE("A status that is too long is cut between two characters") {
  const Folder folder;
  Listener systemd(folder.path() + "/notify");
  ServiceManager manager;
  const std::string odd = GENERATE(std::string(), std::string("x"), std::string("xx"));
  std::string text = odd;
  while (text.size() < 5000) text += "…";  // three bytes
  manager.heartbeat(0s).on_beat(text, false);
  const std::string status = systemd.message().substr(7);
  REQUIRE(status.size() > 1900);
  CHECK(text.starts_with(status.substr(0, status.size() - 1)));
  CHECK((status.size() - 1 - odd.size()) % 3 == 0);
}

TEST_CASE("The variables are removed from the environment of children") {
  const Folder folder;
  Listener systemd(folder.path() + "/notify");
  const Watchdog watchdog("3000000", "1");
  const ServiceManager manager;
  for (const char* const name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) CHECK(!::getenv(name));
}

TEST_CASE("A start that has to wait for the API says why") {
  const Folder folder;
  Listener systemd(folder.path() + "/notify");
  ServiceManager manager;
  manager.heartbeat(0s).on_waiting("cannot connect to api.test");
  CHECK(systemd.message() == "STATUS=starting: waiting for the API: cannot connect to api.test\n");
}

TEST_CASE("Without a service manager nothing beats and nothing is said") {
  Log log;
  ServiceManager manager;
  manager.log_to(log.logger());
  manager.starting(1s);
  manager.ready();
  manager.reloading()();
  CHECK_FALSE(manager.heartbeat(5s).on_beat);
  CHECK_FALSE(manager.heartbeat(5s).on_waiting);
  CHECK(log.text.empty());
}

TEST_CASE(
    "A service manager that cannot be reached costs one line of the log, and is found when it is back") {
  const Folder folder;
  const std::string path = folder.path() + "/notify";
  Log log;
  std::optional<Listener> systemd(path);
  ServiceManager manager;
  manager.log_to(log.logger());
  systemd.reset();
  ::unlink(path.c_str());
  manager.ready();
  manager.ready();
  CHECK_THAT(log.text, Contains("NOTIFY_SOCKET") && Contains("No such file"));
  CHECK(std::ranges::count(log.text, '\n') == 1);
  systemd.emplace(path);
  manager.ready();
  CHECK(systemd->message() == "READY=1\n");
  CHECK(std::ranges::count(log.text, '\n') == 1);
}

TEST_CASE("An invalid address is logged") {
  const std::string address =
      GENERATE(std::string("relative"), std::string("@"), std::string("/"), "/" + std::string(200, 'x'));
  ::setenv("NOTIFY_SOCKET", address.c_str(), 1);
  Log log;
  ServiceManager manager;
  manager.log_to(log.logger());
  manager.ready();
  CHECK_THAT(log.text, Contains("NOTIFY_SOCKET"));
}

TEST_CASE("A service manager that does not read blocks neither the loop nor, for long, a start") {
  const Folder folder;
  Listener systemd(folder.path() + "/notify");
  Log log;
  ServiceManager manager;
  manager.log_to(log.logger());
  const agent::HeartbeatOptions heartbeat = manager.heartbeat(5s);
  const auto began = std::chrono::steady_clock::now();
  while (log.text.empty()) heartbeat.on_beat("ready", false);  // until the queue is full
  heartbeat.on_beat("stopping", true);
  manager.ready();
  CHECK(std::chrono::steady_clock::now() - began < 10s);

  while (!systemd.is_silent()) {
  }
  heartbeat.on_beat("stopping", true);
  CHECK_THAT(systemd.message(), Contains("STOPPING=1"));  // what was lost is said again
}
