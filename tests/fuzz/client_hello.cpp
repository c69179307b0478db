// Fuzz target for the recognition of a TLS ClientHello: cuts and bytes behind it do not matter, and it is
// bounded.
#include "net/client_hello.hpp"

#include "target.hpp"

#include <string>

namespace aluvia::fuzz {

void client_hello(std::string_view input) {
  using Kind = net::ClientHelloScan::Kind;
  const Copy all(input);
  const net::ClientHelloScan whole = net::scan_client_hello(all.view());
  if (whole.kind == Kind::whole) {
    require(whole.size >= 9 && whole.size <= input.size(), "its records have bytes, and all are there");
    require(whole.size <= net::largest_client_hello, "a hello is bounded");
    require(input.starts_with('\x16'), "it begins with a handshake record");
  } else {
    require(whole.size == 0, "only a whole one has a size");
  }
  require(whole.kind != Kind::more || input.size() < net::largest_client_hello,
          "an unfinished one is bounded");
  bool is_decided = false;
  for (std::size_t size = 0; size <= input.size(); ++size) {
    const Copy part(input.substr(0, size));
    const net::ClientHelloScan scan = net::scan_client_hello(part.view());
    require(!is_decided || scan.kind == whole.kind, "more bytes do not change the decision");
    if (scan.kind == Kind::whole) require(scan.size == whole.size, "nor the size");
    is_decided = is_decided || scan.kind != Kind::more;
  }
}

}  // namespace aluvia::fuzz
