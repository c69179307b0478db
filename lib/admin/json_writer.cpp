#include "admin/json_writer.hpp"

#include "base/visible.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace aluvia::admin {

struct JsonWriter::Impl {
  Impl() { writer.SetMaxDecimalPlaces(3); }
  // RapidJSON itself leaves DEL and C1 control characters as they are, which control a terminal.
  void string(std::string_view value) {
    const std::string quoted = json_quoted(value);
    writer.RawValue(quoted.data(), quoted.size(), rapidjson::kStringType);
  }

  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
};

JsonWriter::JsonWriter() : impl_(std::make_unique<Impl>()) {}
JsonWriter::~JsonWriter() = default;

void JsonWriter::key(std::string_view name) {
  if (!name.empty()) impl_->writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
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
  impl_->string(value);
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

std::string JsonWriter::take() {
  return std::string(impl_->buffer.GetString(), impl_->buffer.GetSize()) + '\n';
}

}  // namespace aluvia::admin
