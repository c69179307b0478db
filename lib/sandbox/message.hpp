// Request and RequestBody: a request that a server of the sandbox reads, the head as a whole, and the body
// decoded piece by piece. lib/http parses them; the servers interpret them.
#pragma once

#include "http/chunk_reader.hpp"
#include "http/framing.hpp"
#include "http/head.hpp"
#include "sandbox/wire.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aluvia::sandbox {

enum class ReadEnd { done, closed, wrong };

class Request {
 public:
  Request() = default;
  Request(const Request&) = delete;  // head() points into raw_
  Request& operator=(const Request&) = delete;

  /// Reads the next head from the wire. After an error, see error(), the connection cannot be used further.
  asio::awaitable<ReadEnd> read(Wire& wire);

  const http::RequestHead& head() const noexcept { return reader_.head(); }
  const http::Framing& framing() const noexcept { return framing_; }
  const http::ParseError& error() const noexcept { return error_; }
  /// The head as it was received, with its blank line.
  std::string_view raw() const noexcept { return raw_; }
  /// Returns the value of the first field of that name, or an empty string.
  std::string_view field(std::string_view name) const noexcept;
  /// Returns the host of the Host field, canonical and without port; as sent if it does not parse.
  std::string host() const;
  /// Returns the path of the target without its query, also in absolute-form.
  std::string_view path() const noexcept;
  bool wants_keep_alive() const noexcept { return http::wants_keep_alive(head().minor, head().fields); }

 private:
  ReadEnd take(Wire& wire, std::size_t size);

  http::RequestHeadReader reader_;
  std::string raw_;
  http::Framing framing_;
  http::ParseError error_;
};

/// A piece of body; `failed` if the sender ended early or sent an invalid chunk.
struct BodyPiece {
  BodyPiece(std::string_view b, bool e, bool f) : bytes(b), end(e), failed(f) {}
  std::string_view bytes;  ///< valid until the next call
  bool end;
  bool failed;
};

/// Decodes the body of one request. Sends `100 Continue` when it first waits for a client that expects it.
class RequestBody {
 public:
  RequestBody(Wire& wire, const Request& request);

  asio::awaitable<BodyPiece> next();
  bool is_complete() const noexcept { return complete_; }
  /// Returns true if the client may still wait for `100 Continue`: the next bytes may be its body, or the
  /// next request.
  bool is_unasked() const noexcept { return expects_continue_ && !complete_; }

 private:
  BodyPiece take_pending();

  Wire& wire_;
  http::Framing framing_;
  http::ChunkReader chunks_;
  std::uint64_t left_;
  bool complete_;
  bool expects_continue_;
};

/// Reads the whole body. False for a failed piece, or a body over `limit` bytes.
asio::awaitable<bool> read_whole(RequestBody& body, std::size_t limit, std::string& out);

}  // namespace aluvia::sandbox
