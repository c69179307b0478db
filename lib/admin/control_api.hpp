// ControlApi: the requests of the control socket and their answers. A GET is answered at once, a POST when
// the proxy has done what it asks for. It knows no sockets.
//
//   GET  /url /status /tunnels /rules /policy /geo /explain?url=URL-OR-HOST /usage?by=&since=&price=&format=,
//   and
//        what the proxy's port answers
//   POST /rules /policy /geo /rotate /refresh /blocked /forget /stop
//
// Answers are JSON, or text for people where the request accepts text/plain only.
#pragma once

#include "admin/answer.hpp"
#include "admin/commands.hpp"
#include "admin/status_snapshot.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace aluvia::admin {

struct Request {
  Request(std::string_view how, std::string_view what, std::string_view sent, Format wanted)
      : method(how), target(what), body(sent), format(wanted) {}

  std::string_view method;
  std::string_view target;  ///< origin-form
  std::string_view body;
  Format format;
};

/// Loop thread only.
class ControlApi {
 public:
  using Done = std::function<void(Answer)>;

  ControlApi(StatusProvider provider, Commands commands)
      : provider_(std::move(provider)), commands_(std::move(commands)) {}

  /// Calls `done` on the loop, possibly before it returns, and never where the proxy stops first. The
  /// request's views are not used after the return.
  void handle(const Request& request, Done done) const;

 private:
  Answer show(const Request& request, std::string_view path) const;
  Answer show_policy(Format format) const;
  void change_policy(std::string_view body, Format format, Done done) const;
  void run_command(const Request& request, std::string_view path, Done done) const;
  void refresh(Format format, Done done) const;
  void report_block(std::string_view body, Format format, Done done) const;
  void forget(std::string_view body, Format format, Done done) const;
  Answer show_rules(Format format) const;
  void change(Result<config::Edit, std::string> edit, Format format, Done done) const;

  StatusProvider provider_;
  Commands commands_;
};

/// `message` as text, or with `code` as JSON.
Answer error_answer(int status, std::string_view code, const std::string& message, Format format);
/// The status follows from the kind; JSON adds the next step.
Answer error_answer(const config::ApiError& error, Format format);

}  // namespace aluvia::admin
