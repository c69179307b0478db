#include "edit_json.hpp"

#include "base/json_writer.hpp"

#include <vector>

namespace aluvia::app {
namespace {

using Texts = std::vector<std::string>;

std::string text_of(JsonWriter& json) {
  return std::string(json.take_line().view());
}

}  // namespace

std::string rule_edit_json(const ControlLine& line) {
  JsonWriter out;
  out.begin_object();
  if (line.words[0] == "clear") {
    out.yes_or_no("clear", true);
  } else {
    out.texts(line.words[0], Texts(line.words.begin() + 1, line.words.end()));
  }
  out.yes_or_no("local", line.local);
  out.end_object();
  return text_of(out);
}

std::string forget_json(const ControlLine& line) {
  JsonWriter out;
  out.begin_object();
  if (line.all) {
    out.yes_or_no("all", true);
  } else {
    out.texts("hosts", Texts(line.words.begin() + 1, line.words.end()));
  }
  out.end_object();
  return text_of(out);
}

std::string policy_edit_json(const ControlLine& line) {
  JsonWriter out;
  out.begin_object();
  out.begin_object(line.words[0]);
  out.texts(line.words[1], Texts(line.words.begin() + 2, line.words.end()));
  out.end_object();
  out.end_object();
  return text_of(out);
}

std::string audit_json(bool is_on) {
  JsonWriter out;
  out.begin_object();
  out.begin_object(is_on ? "add" : "remove");
  out.yes_or_no("only_audit", true);
  out.end_object();
  out.end_object();
  return text_of(out);
}

std::string edit_json(std::string_view name, const std::optional<std::string>& value) {
  JsonWriter out;
  out.begin_object();
  out.text_or_null(name, value);
  out.end_object();
  return text_of(out);
}

}  // namespace aluvia::app
