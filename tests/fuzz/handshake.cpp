// Fuzz target for the gateway's response to CONNECT: cuts do not matter, size is bounded, and bytes behind
// the head stay the tunnel's.
#include "heads.hpp"
#include "http/gateway_handshake.hpp"

namespace aluvia::fuzz {

void handshake(std::string_view input) {
  constexpr std::size_t limit = 16UL * 1024;
  http::GatewayHandshake whole;
  const Reading said(whole.read(input));
  for (const Pieces& pieces : {Pieces::single_bytes(), Pieces::varied(input)}) {
    http::GatewayHandshake reader;
    const Reading other = read_in_pieces(reader, input, pieces);
    require(other == said || input.empty(), "whole and in pieces say the same");
  }
  if (said.kind == http::Progress::Kind::wrong) require(said.status == 502, "what is wrong is the gateway's");
  if (said.kind != http::Progress::Kind::done) return;
  require(said.consumed <= input.size() && said.consumed <= limit, "an answer has 16 KiB at most");
  require(whole.status() >= 200 && whole.status() <= 999, "the final answer is none of 1xx");
  require(whole.is_open() == (whole.status() < 300), "a 2xx opens the tunnel, nothing else does");
  require(ends_in_blank_line(input.substr(0, said.consumed), whole.head()),
          "the answer ends in a blank line");
  const Copy alone(input.substr(0, said.consumed));
  http::GatewayHandshake again;
  require(Reading(again.read(alone.view())) == said, "what stands behind the answer is not looked at");
}

}  // namespace aluvia::fuzz
