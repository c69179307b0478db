#include "imports/import_check.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <unistd.h>

namespace fs = std::filesystem;

namespace {

// A small project in a temporary folder, gone with the test.
class Tree {
 public:
  Tree() {
    std::string name = (fs::temp_directory_path() / "aluvia-imports-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root_ = name;
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree() { fs::remove_all(root_); }

  Tree& with(const fs::path& file, const std::string& text) {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
    return *this;
  }
  std::vector<std::string> violations() const { return imports::violations(root_, table); }
  std::vector<std::string> unused_permissions() const { return imports::unused_permissions(root_, table); }

 private:
  inline static const imports::Modules table{{"base", {}},
                                             {"http", {"base"}},
                                             {"config", {"base"}},
                                             {"rules", {"base"}},
                                             {"loop", {"base"}},
                                             {"net", {"base", "loop"}},
                                             {"dns", {"base", "loop", "net"}},
                                             {"api", {"base", "config"}},
                                             {"control", {"base", "config", "api"}},
                                             {"proxy", {"base", "http", "loop", "net"}},
                                             {"agent", {"base"}},
                                             {"app", {"base", "agent"}}};
  fs::path root_;
};

using Found = std::vector<std::string>;

}  // namespace

TEST_CASE("Every include of lib and app is allowed, and every permission is needed") {
  const fs::path project = ALUVIA_SOURCE_DIR;
  const imports::Modules modules = imports::read_module_table(ALUVIA_MODULE_TABLE);
  REQUIRE(modules.size() > 10);
  REQUIRE(imports::include_count(project) > 50);
  Found found = imports::violations(project, modules);
  for (auto& line : imports::unused_permissions(project, modules)) found.push_back(std::move(line));
  for (const auto& line : found) std::cerr << line << '\n';  // INFO would break the lines
  CHECK(found.empty());
}

TEST_CASE("A permission that no include needs is reported") {
  Tree tree;
  tree.with("lib/net/tls.hpp", "#include \"base/result.hpp\"\n#include <openssl/ssl.h>\n");
  const Found unused = tree.unused_permissions();
  const auto has = [&](const char* line) {
    return std::find(unused.begin(), unused.end(), line) != unused.end();
  };
  CHECK(has("net may include loop, but does not"));
  CHECK_FALSE(has("net may include base, but does not"));
  CHECK(has("<httplib.h> has a row, but no file includes it"));
  CHECK_FALSE(has("<openssl/> has a row, but no file includes it"));
}

TEST_CASE("An include that goes up or aside is reported with file and line") {
  Tree tree;
  tree.with("lib/http/head.cpp", "// a head\n#include <string>\n\n#include \"net/tls.hpp\"\n")
      .with("lib/control/poller.hpp", "#include \"proxy/server.hpp\"\n")
      .with("app/main.cpp", "#include \"agent/client.hpp\"\n  #  include \"proxy/server.hpp\" // why not\n");
  CHECK(tree.violations() == Found{"app/main.cpp:2: app may not include proxy",
                                   "lib/control/poller.hpp:1: control may not include proxy",
                                   "lib/http/head.cpp:4: http may not include net"});
}

TEST_CASE("Includes that the table allows are accepted") {
  Tree tree;
  tree.with("lib/http/head.cpp",
            "#include \"http/head.hpp\"\n#include <fmt/format.h>\n#include \"base/ascii.hpp\"\n")
      .with("lib/net/tls.hpp", "#include <asio/ssl.hpp>\n#include <openssl/ssl.h>\n")
      .with("lib/proxy/dialer.cpp", "#include \"loop/loop.hpp\"\n")
      .with("lib/api/api.cpp", "#include <httplib.h>\n#include <thread>\n")
      .with("app/options.hpp", "#include <string>\n")
      .with("app/main.cpp", "#include \"options.hpp\"\n#include <CLI/CLI.hpp>\n");
  CHECK(tree.violations().empty());
}

TEST_CASE("A library stands in its own modules only, and in a source file where the table says so") {
  Tree tree;
  tree.with("lib/config/json.hpp", "#include <rapidjson/document.h>\n")
      .with("lib/dns/resolver.hpp", "#include <ares.h>\n")
      .with("lib/proxy/dialer.cpp", "#include <asio/post.hpp>\n#include <openssl/ssl.h>\n")
      .with("lib/rules/rule_set.cpp", "#include <fmt/format.h>\n#include <mutex>\n");
  CHECK(tree.violations() == Found{"lib/config/json.hpp:1: <rapidjson/document.h> stands in a .cpp only",
                                   "lib/dns/resolver.hpp:1: <ares.h> stands in a .cpp only",
                                   "lib/proxy/dialer.cpp:1: proxy may not include <asio/post.hpp>",
                                   "lib/proxy/dialer.cpp:2: proxy may not include <openssl/ssl.h>",
                                   "lib/rules/rule_set.cpp:1: rules may not include <fmt/format.h>",
                                   "lib/rules/rule_set.cpp:2: rules may not include <mutex>"});
}

TEST_CASE("Only one file includes the HTTP client library, and a second one is reported with the first") {
  Tree tree;
  tree.with("lib/api/a.cpp", "#include <httplib.h>\n").with("lib/api/b.cpp", "#include <httplib.h>\n");
  CHECK(tree.violations() ==
        Found{"lib/api/b.cpp:1: <httplib.h> has its one place already, in lib/api/a.cpp"});
}

TEST_CASE("An unknown module or library is rejected") {
  Tree tree;
  tree.with("lib/attic/box.hpp", "#include <string>\n")
      .with("lib/base/a.cpp", "#include <boost/asio.hpp>\n#include WHAT\n#include \"../net/tls.hpp\"\n")
      .with("lib/base/b.cpp",
            "#include \"app/main.hpp\"\n#include \"gone.hpp\"\n#include \"attic/box.hpp\"\n");
  CHECK(tree.violations() ==
        Found{"lib/attic/box.hpp:1: attic is not a module of the table",
              "lib/base/a.cpp:1: not a library of the table; ours stand in quotes",
              "lib/base/a.cpp:2: neither \"file\" nor <header>: the check cannot tell what it includes",
              "lib/base/a.cpp:3: a path with .. hides which module it means",
              "lib/base/b.cpp:1: base may not include app",
              "lib/base/b.cpp:2: no such file beside it; a library stands in <>",
              "lib/base/b.cpp:3: attic is not a module of the table"});
}
