// Records the origin's requests, the gateway's CONNECTs and the API's polls. Tests and users wait for an
// entry instead of sleeping.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::sandbox {

enum class Route { direct, gateway };
enum class Scheme { http, https };
std::string_view to_text(Route route) noexcept;
std::string_view to_text(Scheme scheme) noexcept;

/// A request that the origin received; recorded when its head has been read, before the response.
struct SeenRequest {
  Route route = Route::direct;
  Scheme scheme = Scheme::http;
  std::string method;
  std::string host;  ///< of the Host field, canonical, without port
  std::string path;  ///< the target as sent, with its query
};

/// A CONNECT that the gateway received; recorded just before the response.
struct SeenConnect {
  std::string host;
  std::uint16_t port = 0;
  int status = 0;  ///< of the response; 0 if there was none (hang, close, reset)
};

struct SeenQuery {
  std::string name;        ///< in lower case, without the last dot
  std::uint16_t type = 0;  ///< 1 A, 28 AAAA
  bool over_tcp = false;
};

struct Record {
  std::vector<SeenRequest> requests;
  std::vector<SeenConnect> connects;
  std::vector<SeenQuery> queries;
  std::uint64_t polls = 0;                ///< GET /user or another path of that resource, with any response
  std::string api_path;                   ///< of the last poll or PATCH, as sent
  std::uint64_t not_modified = 0;         ///< polls with the response 304
  std::uint64_t api_connections = 0;      ///< connections with at least one poll
  std::uint64_t gateway_connections = 0;  ///< connections accepted on both gateway ports
  std::uint64_t gateway_resumed = 0;      ///< those of them that resumed a TLS session
};

/// Thread-safe.
class RecordBook {
 public:
  /// Changes the record and wakes the waiting threads.
  void change(const std::function<void(Record&)>& edit);
  Record copy() const;
  /// Returns true if `holds` became true within `timeout`. It is called under the lock, so it must be quick.
  bool wait_for(const std::function<bool(const Record&)>& holds, std::chrono::milliseconds timeout) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Record record_;
};

/// Returns the body of `GET /sandbox/requests`.
std::string to_json(const Record& record);

}  // namespace aluvia::sandbox
