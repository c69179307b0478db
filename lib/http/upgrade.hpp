// Implements Upgrade (RFC 9110 §7.8): the protocols that a request offers, and the one that a 101 selects.
//
//   Upgrade  = #protocol
//   protocol = protocol-name [ "/" protocol-version ]
#pragma once

#include "http/head.hpp"

#include <string>
#include <string_view>

namespace aluvia::http {

/// Returns the protocols of one Upgrade value to forward: all except h2c, which is obsolete (RFC 9113 §3.1)
/// and would let HTTP/2 bypass every check of a request. A value without h2c is returned byte for byte; empty
/// if nothing remains.
std::string forwarded_protocols(std::string_view upgrade);

/// Returns true if a request asks to switch to a protocol that is forwarded: it is HTTP/1.1, has `upgrade` in
/// Connection, and an Upgrade field with a protocol other than h2c.
bool asks_for_upgrade(const RequestHead& head) noexcept;

/// Returns the Upgrade list to send for a request; empty if it does not ask for an upgrade.
std::string offered_protocols(const RequestHead& head);

/// Returns true if a 101 switches to protocols that were offered. False if it names none: a server MUST name
/// the protocol, and MUST NOT switch to one that was not offered (RFC 9110 §7.8). Names are compared in any
/// letter case; versions are compared if both sides have one.
bool switches_as_offered(const ResponseHead& switching, std::string_view offered) noexcept;

}  // namespace aluvia::http
