#include "control_report.hpp"

#include "answer_style.hpp"
#include "base/json_writer.hpp"
#include "base/visible.hpp"
#include "list_command.hpp"
#include "proxy_settings.hpp"
#include "standard_streams.hpp"
#include "suggestion.hpp"

#include <string>
#include <utility>

namespace aluvia::app {

CommandError with_advice(CommandError error, const ControlLine& line) {
  if (error.code != "no_proxy") return error;
  const auto port = port_meant(line.port);
  if (const std::string found = proxy_elsewhere(port.value_or(usual_port)); !found.empty()) {
    error.message += "; " + found;
    if (!error.next.empty()) error.next = "aluvia-connect list";
  } else if (port) {
    error.message += "; aluvia-connect list shows those that run";
  } else if (line.name != "stop") {
    error.message += "; start one with aluvia-connect run, or without an account with aluvia-connect try";
  }
  return error;
}

int tell(CommandError error, const ControlLine& line) {
  error = with_advice(std::move(error), line);
  if (!line.json) return complain(error.status, error.message);
  JsonWriter out;
  out.begin_object();
  out.begin_object("error");
  out.text("code", error.code);
  out.text("message", error.message);
  out.end_object();
  out.text_if_any("next", error.next);
  out.end_object();
  print(out.take_line().view());
  return error.status;
}

int misused(const ControlLine& line, std::string_view how) {
  return complain(bad_usage, with_help(how, line.name));
}

int show(const Reply& reply, const ControlLine& line) {
  const ExitStatus status = exit_status_of(reply.status);
  if (!line.json && status != success) {
    return complain(status, std::string_view(reply.body).substr(0, reply.body.find('\n')));
  }
  // An older proxy may not escape control characters.
  const ExitStatus printed =
      print(line.json ? visible_json(reply.body) : shown_answer(visible_lines(reply.body)));
  return printed == success ? status : printed;
}

}  // namespace aluvia::app
