#include "admin/web_files.hpp"

#include <algorithm>

namespace aluvia::admin {
namespace {

const WebFile* find(std::string_view name) {
  const auto files = web_files();
  const auto file = std::ranges::find(files, name, &WebFile::name);
  return file == files.end() ? nullptr : &*file;
}

std::string_view type_of(std::string_view name) {
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  return name.ends_with(".svg") ? "image/svg+xml" : "text/javascript; charset=utf-8";
}

std::string_view value_of(const http::Fields* fields, std::string_view name) {
  const http::Field* const field = fields ? http::find_field(*fields, name) : nullptr;
  return field ? std::string_view(field->value) : std::string_view{};
}

// Browsers send "gzip, deflate, br"; one that refuses gzip by "gzip;q=0" gets the plain text, too, where it
// writes so without spaces, and any client may be sent the plain text.
bool accepts_gzip(const http::Fields* fields) {
  const std::string_view value = value_of(fields, "accept-encoding");
  return value.find("gzip") != value.npos && value.find("gzip;q=0") == value.npos;
}

}  // namespace

std::string_view web_text(std::string_view name) {
  return find(name)->text;
}

Answer web_answer(std::string_view name, const http::Fields* fields) {
  const WebFile* const file = find(name);
  if (!file) return line(404, "the page has no such file");
  const bool is_known = value_of(fields, "if-none-match").find(file->etag) != std::string_view::npos;
  const bool is_compressed = accepts_gzip(fields);
  Answer out(is_known ? 304 : 200, type_of(name),
             is_known        ? std::string_view{}
             : is_compressed ? file->gzip
                             : file->text);
  if (!is_known && is_compressed) out.encoding = "gzip";
  out.etag = file->etag;
  return out;
}

}  // namespace aluvia::admin
