// Upgrade (RFC 9110 §7.8): the protocols that a request offers, and the one that a 101 switches to.
//
//   Upgrade  = #protocol
//   protocol = protocol-name [ "/" protocol-version ]
#pragma once

#include "http/head.hpp"

#include <string>
#include <string_view>

namespace aluvia::http {

/// Returns the protocols of one Upgrade value that are forwarded: all but h2c. RFC 9113 §3.1 made h2c
/// obsolete, and behind it HTTP/2 would pass by every check that this proxy makes of a request. A value
/// without h2c is returned byte for byte; empty where nothing remains.
std::string forwarded_protocols(std::string_view upgrade);

/// True if a request asks to switch to a protocol that is forwarded: HTTP/1.1, `upgrade` in Connection, and
/// an Upgrade field that names more than h2c.
bool asks_for_upgrade(const RequestHead& head) noexcept;

/// Returns the Upgrade list to send for a request; empty where it does not ask for an upgrade.
std::string offered_protocols(const RequestHead& head);

/// True if a 101 switches to protocols that were offered. False where it names none: a server MUST name the
/// protocol, and MUST NOT switch to another than the client's (RFC 9110 §7.8). Names are compared in any
/// letter case; versions where both sides give one.
bool switches_as_offered(const ResponseHead& switching, std::string_view offered) noexcept;

}  // namespace aluvia::http
