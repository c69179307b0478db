#include "base/arguments.hpp"

#include <stdexcept>

namespace aluvia::bench {

Arguments::Arguments(int argc, char** argv, const std::set<std::string>& known) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with("--")) {
      words_.push_back(word);
      continue;
    }
    const std::string name = word.substr(2);
    if (!known.contains(name)) throw std::invalid_argument("no option " + word);
    const bool has_value = i + 1 < argc && !std::string(argv[i + 1]).starts_with("--");
    values_[name] = has_value ? argv[++i] : "";
  }
}

std::string Arguments::text(const std::string& name, const std::string& otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : found->second;
}

double Arguments::number(const std::string& name, double otherwise) const {
  return has(name) ? std::stod(text(name)) : otherwise;
}

std::size_t Arguments::count(const std::string& name, std::size_t otherwise) const {
  return has(name) ? std::stoul(text(name)) : otherwise;
}

}  // namespace aluvia::bench
