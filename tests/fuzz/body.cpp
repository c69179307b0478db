// Fuzz target for bodies: compares the chunk reader with a second, naive one, and the body meter in all
// framings, with whole input, pieces and skipped data.
//
//   input = kind (one byte) length (one byte) bytes of the connection
#include "base/ascii.hpp"
#include "http/body_meter.hpp"
#include "http/head.hpp"
#include "target.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace aluvia::fuzz {
namespace {

// ---- a second reader, as simple as can be: it sees the whole body at once and keeps it

struct Whole {
  std::size_t size;
  std::string data;
};

bool has_control(std::string_view text, bool tab_is_fine) {
  return std::any_of(text.begin(), text.end(), [tab_is_fine](char c) {
    return c == 0x7F || (static_cast<unsigned char>(c) < 0x20 && !(tab_is_fine && c == '\t'));
  });
}

std::optional<std::string_view> take_line(std::string_view& rest) {
  const auto end = rest.find("\r\n");
  if (end == rest.npos) return std::nullopt;
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return line;
}

void skip_white_space(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
}

bool take_token(std::string_view& rest) {
  std::size_t size = 0;
  while (size < rest.size() && http::is_token(rest.substr(size, 1))) ++size;
  rest.remove_prefix(size);
  return size > 0;
}

bool take_quoted_string(std::string_view& rest) {
  if (!rest.starts_with('"')) return false;
  for (std::size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] == '\\') {
      ++at;
    } else if (rest[at] == '"') {
      rest.remove_prefix(at + 1);
      return true;
    }
  }
  return false;
}

// chunk-ext of RFC 9112 §7.1.1, as it stands there.
bool is_good_extension(std::string_view rest) {
  if (rest.size() > 4096 || has_control(rest, true)) return false;
  while (!rest.empty()) {
    skip_white_space(rest);
    if (!rest.starts_with(';')) return false;
    rest.remove_prefix(1);
    skip_white_space(rest);
    if (!take_token(rest)) return false;
    std::string_view value = rest;
    skip_white_space(value);
    if (!value.starts_with('=')) continue;
    value.remove_prefix(1);
    skip_white_space(value);
    if (!take_quoted_string(value) && !take_token(value)) return false;
    rest = value;
  }
  return true;
}

std::optional<std::uint64_t> size_in(std::string_view line) {
  const std::string digits(line.substr(0, line.find_first_not_of("0123456789abcdefABCDEF")));
  if (digits.empty() || digits.size() > 16 || !is_good_extension(line.substr(digits.size()))) return {};
  return std::stoull(digits, nullptr, 16);
}

bool is_good_trailer(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos || has_control(line, true)) return false;
  const std::string name = ascii::to_lower(line.substr(0, colon));
  constexpr std::array<std::string_view, 12> forbidden{"host",
                                                       "trailer",
                                                       "content-length",
                                                       "transfer-encoding",
                                                       "connection",
                                                       "keep-alive",
                                                       "te",
                                                       "upgrade",
                                                       "proxy-connection",
                                                       "proxy-authenticate",
                                                       "proxy-authorization",
                                                       "proxy-authentication-info"};
  return http::is_token(name) && std::find(forbidden.begin(), forbidden.end(), name) == forbidden.end();
}

std::optional<Whole> read_naively(std::string_view input) {
  std::string_view rest = input;
  std::string data;
  for (;;) {
    const auto line = take_line(rest);
    const auto size = line ? size_in(*line) : std::nullopt;
    if (!size) return {};
    if (*size == 0) break;
    if (*size > rest.size() || rest.substr(static_cast<std::size_t>(*size)).substr(0, 2) != "\r\n") return {};
    data.append(rest.substr(0, static_cast<std::size_t>(*size)));
    rest.remove_prefix(static_cast<std::size_t>(*size) + 2);
  }
  for (std::size_t spent = 0;;) {
    const auto line = take_line(rest);
    if (!line) return {};
    if (line->empty()) return Whole{input.size() - rest.size(), data};
    spent += line->size() + 2;
    if (!is_good_trailer(*line) || spent > 16UL * 1024) return {};
  }
}

// ---- ours, in pieces

struct Outcome {
  http::Progress::Kind kind = http::Progress::Kind::need_more;
  std::size_t consumed = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// `give` is handed each piece and answers with a Progress.
template <class Give>
Outcome feed(std::string_view input, Pieces pieces, Give give) {
  Outcome out;
  while (out.consumed < input.size() && out.kind == http::Progress::Kind::need_more) {
    Copy piece(input.substr(out.consumed, pieces.next()));
    const http::Progress progress = give(piece);
    out.kind = progress.kind();
    require(!progress.is_done() || progress.consumed() <= piece.view().size(),
            "no more is consumed than given");
    if (!progress.is_wrong()) out.consumed += progress.is_done() ? progress.consumed() : piece.view().size();
  }
  if (out.kind == http::Progress::Kind::wrong) out.consumed = 0;
  return out;
}

void check_stripping(std::string_view input, const Outcome& said, const std::optional<Whole>& naive) {
  for (const Pieces& pieces : {Pieces::single_bytes(), Pieces::varied(input)}) {
    http::ChunkReader reader;
    std::string data;
    const Outcome out = feed(input, pieces, [&](Copy& piece) {
      const auto stripped = reader.strip({piece.data(), piece.view().size()});
      data.append(piece.view().substr(0, stripped.data));
      return stripped.progress;
    });
    require(out == said, "stripping ends where reading ends");
    require(!naive || data == naive->data, "stripping leaves the data and nothing else");
  }
}

// Forwarding: of a request exactly what came, and never a part of a line; of a response no more than that.
void check_forwarding(std::string_view input, const Outcome& said) {
  for (const Pieces& pieces : {Pieces::single_bytes(), Pieces::varied(input)}) {
    std::string out;
    const auto forward_with = [&out](http::ChunkReader& reader) {
      return [&out, &reader](Copy& piece) {
        const auto filtered = reader.filter({piece.data(), piece.view().size()});
        out.append(filtered.held).append(piece.view().substr(0, filtered.forward));
        return filtered.progress;
      };
    };
    http::ChunkReader request;
    require(feed(input, pieces, forward_with(request)) == said, "forwarding ends where reading ends");
    require(input.starts_with(out), "a request's body is forwarded as it came");
    require(said.kind != http::Progress::Kind::done || out.size() == said.consumed,
            "a whole body is forwarded whole");
    const std::string_view line = input.substr(0, out.size());
    http::ChunkReader again;
    require(!again.read(line).is_wrong(), "nothing that is wrong is forwarded");

    out.clear();
    http::ChunkReader response(http::ChunkReader::Sender::server);
    const Outcome seen = feed(input, pieces, forward_with(response));
    require(said.kind != http::Progress::Kind::done || seen == said,
            "a good request's body is a good response's");
    http::ChunkReader client;
    const http::Progress progress = client.read(out);
    require(progress.kind() == http::Progress::Kind::need_more || seen.kind == http::Progress::Kind::done,
            "a response's body that is not whole does not look whole");
    require(
        seen.kind != http::Progress::Kind::done || (progress.is_done() && progress.consumed() == out.size()),
        "a response's body goes on without the trailers that must not be there");
  }
}

// As a splice does it: the data of a chunk is moved without being shown.
void check_passing(std::string_view input, http::Framing framing, const Outcome& said) {
  http::BodyMeter meter(framing);
  std::size_t at = 0;
  while (at < input.size() && !meter.is_complete()) {
    if (const std::uint64_t unseen = std::min<std::uint64_t>(meter.opaque_bytes(), input.size() - at)) {
      meter.pass(unseen);
      at += static_cast<std::size_t>(unseen);
      continue;
    }
    const http::Progress progress = meter.measure(input.substr(at, 1));
    if (progress.is_wrong())
      return require(said.kind == http::Progress::Kind::wrong, "seen and unseen agree");
    ++at;
  }
  require(meter.is_complete() == (said.kind == http::Progress::Kind::done), "seen and unseen agree");
  require(!meter.is_complete() || at == said.consumed, "seen and unseen end at the same byte");
}

void check_meter(std::string_view input, http::Framing framing) {
  http::BodyMeter whole(framing);
  const bool is_empty = whole.is_complete();
  Outcome said;
  if (!is_empty) said = feed(input, Pieces::single_bytes(), [&](Copy& c) { return whole.measure(c.view()); });
  require(is_empty || whole.is_complete() == (said.kind == http::Progress::Kind::done),
          "complete means done");
  const bool may_end = whole.is_complete() || framing.kind == http::BodyKind::until_close;
  require(whole.at_end().is_done() == may_end, "only a complete body may end");
  if (is_empty) return;
  http::BodyMeter other(framing);
  const auto varied = feed(input, Pieces::varied(input), [&](Copy& c) { return other.measure(c.view()); });
  require(varied == said, "a body ends at the same byte however it is cut");
  check_passing(input, framing, said);
}

void check_chunks(std::string_view input) {
  const auto naive = read_naively(input);
  http::ChunkReader reader;
  const http::Progress progress = reader.read(input);
  require(progress.is_done() == naive.has_value(), "two readers agree on what a chunked body is");
  require(!naive || progress.consumed() == naive->size, "two readers agree on where it ends");
  Outcome said{progress.kind(), progress.is_done() ? progress.consumed() : 0};
  if (progress.needs_more()) said.consumed = input.size();
  check_stripping(input, said, naive);
  check_forwarding(input, said);
}

}  // namespace

void body(std::string_view input) {
  if (input.size() < 2) return;
  const auto kind = static_cast<http::BodyKind>(static_cast<unsigned char>(input[0]) % 4U);
  const std::uint64_t length = static_cast<unsigned char>(input[1]);
  input.remove_prefix(2);
  check_meter(input, {kind, kind == http::BodyKind::length ? length : 0});
  if (kind == http::BodyKind::chunked) check_chunks(input);
}

}  // namespace aluvia::fuzz
