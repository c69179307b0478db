#include "sandbox/record.hpp"

#include "sandbox/json.hpp"

namespace aluvia::sandbox {

std::string_view to_text(Route route) noexcept {
  return route == Route::gateway ? "gateway" : "direct";
}
std::string_view to_text(Scheme scheme) noexcept {
  return scheme == Scheme::https ? "https" : "http";
}

void RecordBook::change(const std::function<void(Record&)>& edit) {
  {
    const std::lock_guard lock(mutex_);
    edit(record_);
  }
  changed_.notify_all();
}

Record RecordBook::copy() const {
  const std::lock_guard lock(mutex_);
  return record_;
}

bool RecordBook::wait_for(const std::function<bool(const Record&)>& holds,
                          std::chrono::milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] { return holds(record_); });
}

namespace {

std::string request_json(const SeenRequest& seen) {
  return JsonObject()
      .text("way", to_text(seen.route))
      .text("scheme", to_text(seen.scheme))
      .text("method", seen.method)
      .text("host", seen.host)
      .text("path", seen.path)
      .done();
}

std::string connect_json(const SeenConnect& seen) {
  return JsonObject()
      .text("host", seen.host)
      .number("port", seen.port)
      .number("status", static_cast<std::uint64_t>(seen.status))
      .done();
}

std::string query_json(const SeenQuery& seen) {
  return JsonObject()
      .text("name", seen.name)
      .number("type", seen.type)
      .text("over", seen.over_tcp ? "tcp" : "udp")
      .done();
}

}  // namespace

std::string to_json(const Record& record) {
  return JsonObject()
      .raw("requests", json_array(record.requests, request_json))
      .raw("connects", json_array(record.connects, connect_json))
      .raw("queries", json_array(record.queries, query_json))
      .number("polls", record.polls)
      .number("not_modified", record.not_modified)
      .number("api_connections", record.api_connections)
      .number("gateway_connections", record.gateway_connections)
      .number("gateway_resumed", record.gateway_resumed)
      .text("api_path", record.api_path)
      .done();
}

}  // namespace aluvia::sandbox
