// Fills the templates of the manual page, docs/options.md and docs/example.conf (argument 1) from the tables
// of the program, so that they list the options that exist and no others.
#include "command_text.hpp"
#include "sections.hpp"

#include <exception>
#include <fstream>
#include <iostream>
#include <set>
#include <stdexcept>
#include <string>

namespace aluvia::man {
namespace {

constexpr std::string_view mark = "@@ ";

std::string section(std::string_view name) {
  Section found = manual_section(name);
  if (!found) found = options_page_section(name);
  if (!found) throw std::runtime_error("unknown section '" + std::string(name) + "'");
  return *found;
}

// A manual has a "command NAME" for every command, and "options NAME" where it has options of its own.
void expect_every_command(const std::set<std::string>& sections) {
  const auto expect = [&](const std::string& name) {
    if (!sections.contains(name)) throw std::runtime_error("the manual lacks the line '@@ " + name + "'");
  };
  for (const app::CommandText& command : app::command_texts()) {
    expect("command " + command.name);
    if (!own_options(command).empty()) expect("options " + command.name);
  }
}

void fill(std::istream& from, std::ostream& to) {
  std::set<std::string> sections;
  bool is_manual = false;
  for (std::string line; std::getline(from, line);) {
    is_manual = is_manual || line.starts_with(".Dt ");
    if (!line.starts_with(mark)) {
      to << line << '\n';
      continue;
    }
    const std::string name = line.substr(mark.size());
    to << section(name);
    sections.insert(name);
  }
  if (is_manual) expect_every_command(sections);
}

int main(const char* path) {
  std::ifstream from(path);
  if (!from) throw std::runtime_error("cannot read it");
  fill(from, std::cout);
  if (!std::cout.flush()) throw std::runtime_error("cannot write to stdout");
  return 0;
}

}  // namespace
}  // namespace aluvia::man

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: aluvia-man TEMPLATE >RESULT\n";
    return 64;
  }
  try {
    return aluvia::man::main(argv[1]);
  } catch (const std::exception& error) {
    std::cerr << "aluvia-man: " << argv[1] << ": " << error.what() << '\n';
    return 65;
  }
}
