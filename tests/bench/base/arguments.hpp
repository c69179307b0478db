// `--name value` pairs and `--name` switches of a benchmark program. Unknown names are an error, so that a
// misspelt option cannot pass for a measurement.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace aluvia::bench {

class Arguments {
 public:
  // Throws std::invalid_argument for a name that is not in `known`.
  Arguments(int argc, char** argv, const std::set<std::string>& known);

  // Returns the arguments before the first option.
  const std::vector<std::string>& words() const { return words_; }
  bool has(const std::string& name) const { return values_.contains(name); }
  std::string text(const std::string& name, const std::string& otherwise = "") const;
  // Throws std::invalid_argument when the value is not a number.
  double number(const std::string& name, double otherwise) const;
  std::size_t count(const std::string& name, std::size_t otherwise) const;

 private:
  std::vector<std::string> words_;
  std::map<std::string, std::string> values_;
};

}  // namespace aluvia::bench
