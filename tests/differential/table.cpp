#include "table.hpp"

#include <fstream>
#include <stdexcept>

namespace aluvia::differential {
namespace {

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] != '#') lines.push_back(line);
  }
  return lines;
}

std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    switch (text.at(++i)) {
      case 'r':
        out += '\r';
        break;
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'x':
        out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
        i += 2;
        break;
      default:
        out += text[i];
    }
  }
  return out;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> read_messages(const std::string& path) {
  std::vector<std::pair<std::string, std::string>> messages;
  for (const std::string& line : lines_of(path)) {
    const auto colon = line.find(": ");
    if (colon == line.npos) throw std::runtime_error(path + ": no name: " + line);
    messages.emplace_back(line.substr(0, colon), unescaped(line.substr(colon + 2)));
  }
  return messages;
}

std::map<std::string, Known> read_disagreements(const std::string& path) {
  std::map<std::string, Known> known;
  Known section;
  for (const std::string& line : lines_of(path)) {
    if (line[0] == '[') {
      const auto end = line.find("] ");
      section = {line.substr(1, end - 1), line.substr(end + 2)};
    } else if (section.reason.empty() || !known.emplace(line, section).second) {
      throw std::runtime_error(path + ": without a reason, or twice: " + line);
    }
  }
  return known;
}

}  // namespace aluvia::differential
