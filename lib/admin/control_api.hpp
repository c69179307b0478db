// What a request on the Unix socket means: a question is answered at once, an order when it has been carried
// out. Knows requests and answers, no sockets.
//
//   GET  /url /status /tunnels /rules /geo /explain?url=URL-OR-HOST, and the probes of the proxy's port
//   POST /rules /geo /rotate /refresh /stop
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

enum class Format { json, text };

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

  ControlApi(Source source, Commands orders) : source_(std::move(source)), orders_(std::move(orders)) {}

  /// Calls `done` on the loop, maybe at once; never where the proxy is stopped first. The request's views are
  /// not used any more once this returns.
  void handle(const Request& request, Done done) const;

 private:
  Answer show(const Request& request, std::string_view path) const;
  void explain(const Request& request, Done done) const;
  void order(const Request& request, std::string_view path, Done done) const;
  void change(Order order, Format format, Done done) const;

  Source source_;
  Commands orders_;
};

/// An answer that says no.
Answer refuse(const Refusal& refusal, Format format);

}  // namespace aluvia::admin
