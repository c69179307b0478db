// OriginExchange: one request at the built-in origin, and the forms of its response. The handlers choose the
// content.
#pragma once

#include "sandbox/message.hpp"
#include "sandbox/record.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aluvia::sandbox {

class OriginExchange {
 public:
  /// The source of a request.
  struct Source {
    Route route = Route::direct;
    Scheme scheme = Scheme::http;
    std::string exit_address{};  ///< of the gateway; empty for a direct connection
  };

  OriginExchange(Wire& wire, const Request& request, Source source);

  Wire& wire() noexcept { return wire_; }
  const Request& request() const noexcept { return request_; }
  RequestBody& body() noexcept { return body_; }
  Route route() const noexcept { return source_.route; }
  const Source& source() const noexcept { return source_; }

  /// Reads the whole body for summary(); false if it ended early.
  asio::awaitable<bool> digest_body();
  /// Returns the JSON of `/`.
  std::string summary() const;

  /// Sends a complete response. `fields` are lines with CRLF.
  asio::awaitable<void> answer(int status, std::string_view fields, std::string_view content);
  asio::awaitable<void> answer_json(int status, std::string_view json);
  /// Begins a response in pieces: head first, then the pieces. `length_field` is the field line that frames
  /// it, or empty if the end of the connection does.
  asio::awaitable<void> start(int status, std::string_view fields, std::string_view length_field);
  asio::awaitable<void> send(std::string_view bytes);

  /// HEAD requests get heads only.
  bool wants_content() const;
  /// Ends the connection after this response. A call before the head also tells the client.
  void end_connection() noexcept { keep_open_ = false; }
  bool keeps_open() const noexcept { return keep_open_ && !broken_; }
  bool is_broken() const noexcept { return broken_; }

 private:
  std::string head_text(int status, std::string_view fields, std::string_view length_field);

  Wire& wire_;
  const Request& request_;
  RequestBody body_;
  Source source_;
  bool keep_open_;
  bool broken_ = false;
  std::uint64_t body_bytes_ = 0;
  std::string body_sha256_;
};

}  // namespace aluvia::sandbox
