#include "control/store/token_file.hpp"

#include "control/folder.hpp"

using namespace aluvia;
using namespace aluvia::control;
using namespace aluvia::control::testing;
using When = TokenFile::When;

namespace {

// The new token, "same", or the complaint.
std::string told(TokenFile& file, When when = When::changed) {
  auto read = file.read(when);
  if (!read) return read.error();
  return *read ? std::string((*read)->reveal()) : "same";
}

}  // namespace

TEST_CASE("A token file is read again when it is written or replaced") {
  const Folder folder;
  const auto path = folder.at("token");
  write_file(path, "one\n");
  TokenFile file(path, Secret("one"));
  CHECK(told(file) == "same");
  write_file(path, "\t second \n");
  CHECK(told(file) == "second");
  CHECK(told(file) == "same");
  write_file(folder.at("new"), "third");
  std::filesystem::rename(folder.at("new"), path);
  CHECK(told(file) == "third");
}

TEST_CASE("A file that changed before it was first looked at gives its token") {
  const Folder folder;
  write_file(folder.at("token"), "new");
  TokenFile file(folder.at("token"), Secret("old"));
  CHECK(told(file) == "new");
}

TEST_CASE("A file that looks the same is read only when it must be") {
  const Folder folder;
  const auto path = folder.at("token");
  write_file(path, "aaa");
  TokenFile file(path, Secret("aaa"));
  CHECK(told(file) == "same");
  const auto time = std::filesystem::last_write_time(path);
  write_file(path, "bbb");
  std::filesystem::last_write_time(path, time);
  CHECK(told(file) == "same");
  CHECK(told(file, When::always) == "bbb");
}

TEST_CASE("An invalid token is logged once without being quoted, and the old one stays") {
  const Folder folder;
  const auto path = folder.at("token");
  write_file(path, "good");
  TokenFile file(path, Secret("good"));
  CHECK(told(file) == "same");
  for (const std::string& content : {std::string("sec ret"), std::string(), std::string(20'000, 'x')}) {
    write_file(path, content);
    const auto complaint = told(file);
    CHECK(complaint.starts_with(path));
    CHECK(complaint.find("sec ret") == std::string::npos);
    CHECK(told(file) == "same");
    CHECK(told(file, When::always) == "same");
  }
  std::filesystem::remove(path);
  CHECK(told(file).find("No such file") != std::string::npos);
  CHECK(told(file) == "same");
  write_file(path, "good");
  CHECK(told(file) == "same");
}
