#include "base/json_writer.hpp"

#include "base/json_value.hpp"
#include "base/visible.hpp"

#include <utility>

#include <rapidjson/document.h>
#include <rapidjson/writer.h>

namespace aluvia {
namespace {

struct SecretStream {
  using Ch = char;

  void Put(char c) { text += c; }
  void Flush() {}

  SecretString text;
};

// RapidJSON itself leaves DEL and C1 control characters as they are, which control a terminal. The names of
// these functions are those that rapidjson::Value::Accept() calls.
class EscapingWriter : public rapidjson::Writer<SecretStream> {
 public:
  explicit EscapingWriter(SecretStream& stream) : rapidjson::Writer<SecretStream>(stream) {
    SetMaxDecimalPlaces(3);
  }

  bool is_in_object() { return !level_stack_.Empty() && !level_stack_.template Top<Level>()->inArray; }

  bool String(std::string_view text) {
    Prefix(rapidjson::kStringType);
    append_json_quoted(os_->text, text);
    return true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool = false) {
    return String(std::string_view(text, size));
  }
  bool Key(const char* text, rapidjson::SizeType size, bool = false) { return String(text, size); }
};

}  // namespace

struct JsonWriter::Impl {
  SecretStream stream;
  EscapingWriter writer{stream};
};

JsonWriter::JsonWriter() : impl_(std::make_unique<Impl>()) {}
JsonWriter::~JsonWriter() = default;
JsonWriter::JsonWriter(JsonWriter&&) noexcept = default;
JsonWriter& JsonWriter::operator=(JsonWriter&&) noexcept = default;

void JsonWriter::key(std::string_view name) {
  if (impl_->writer.is_in_object()) impl_->writer.String(name);
}

void JsonWriter::begin_object(std::string_view name) {
  key(name);
  impl_->writer.StartObject();
}
void JsonWriter::end_object() {
  impl_->writer.EndObject();
}
void JsonWriter::begin_list(std::string_view name) {
  key(name);
  impl_->writer.StartArray();
}
void JsonWriter::end_list() {
  impl_->writer.EndArray();
}

void JsonWriter::text(std::string_view name, std::string_view value) {
  key(name);
  impl_->writer.String(value);
}

void JsonWriter::text_or_null(std::string_view name, const std::optional<std::string>& value) {
  if (value) return text(name, *value);
  key(name);
  impl_->writer.Null();
}

void JsonWriter::texts(std::string_view name, const std::vector<std::string>& values) {
  begin_list(name);
  for (const std::string& value : values) text({}, value);
  end_list();
}

void JsonWriter::text_if_any(std::string_view name, std::string_view value) {
  if (!value.empty()) text(name, value);
}

void JsonWriter::number(std::string_view name, std::uint64_t value) {
  key(name);
  impl_->writer.Uint64(value);
}

void JsonWriter::decimal(std::string_view name, double value) {
  key(name);
  impl_->writer.Double(value);
}

void JsonWriter::decimal_or_null(std::string_view name, std::optional<double> value) {
  if (value) return decimal(name, *value);
  key(name);
  impl_->writer.Null();
}

void JsonWriter::yes_or_no(std::string_view name, bool value) {
  key(name);
  impl_->writer.Bool(value);
}

void JsonWriter::raw(std::string_view name, std::string_view json) {
  key(name);
  impl_->writer.RawValue(json.data(), json.size(), rapidjson::kObjectType);
}

SecretString JsonWriter::take() {
  return std::move(impl_->stream.text);
}

SecretString JsonWriter::take_line() {
  impl_->stream.text += '\n';
  return take();
}

SecretString json_text_of(const rapidjson::Value& value) {
  SecretStream stream;
  EscapingWriter writer(stream);
  writer.SetMaxDecimalPlaces(EscapingWriter::kDefaultMaxDecimalPlaces);
  value.Accept(writer);
  return std::move(stream.text);
}

}  // namespace aluvia
