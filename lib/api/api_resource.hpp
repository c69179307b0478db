// Which resource of the API holds the configuration: the generations of the API differ in that. Statuses in,
// a path out.
#pragma once

#include <string>

namespace aluvia::api {

class ApiResource {
 public:
  /// With a connection id, which must be digits, it is that connection's; else it is found out.
  explicit ApiResource(const std::string& connection_id)
      : path_(connection_id.empty() ? "/user" : "/account/connections/" + connection_id),
        settled_(!connection_id.empty()) {}

  /// Below the base URL's prefix.
  const std::string& path() const noexcept { return path_; }
  /// Where a token of the next generation is known.
  static std::string next_generation() { return "/connection"; }

  /// Nothing has answered yet, and this one does not know the token.
  bool may_be_elsewhere(int status) const noexcept { return !settled_ && status == 404; }
  /// What answers with a configuration first is the one from then on, whatever it answers later.
  void answered(const std::string& path, int status) {
    if (settled_ || (status != 200 && status != 304)) return;
    settled_ = true;
    path_ = path;
  }

 private:
  std::string path_;
  bool settled_;
};

}  // namespace aluvia::api
