// Sorts the addresses of a name: destination address selection of RFC 6724 §6. c-ares does the same with a
// socket for each address, which takes milliseconds for a long answer. Private to the module.
#pragma once

#include "loop/loop.hpp"
#include "net/endpoint.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace aluvia::dns {

/// The address that this machine would send from to an address; none where it has no route to it.
using SourceOf = std::function<std::optional<net::Address>(const net::Address&)>;

/// Sorts by rules 1 (unusable last), 2 (matching scope), 5 (matching label), 6 (precedence) and 8 (smaller
/// scope). Rule 9, the longest common prefix, is left out, because it would undo the rotation by which name
/// servers spread load; the other rules concern mobile hosts and tunnels.
void sort_by_preference(std::vector<net::Address>& addresses, const SourceOf& source_of);

/// The same with this machine's routes. Makes one socket for each family and sends nothing.
void sort_by_preference(std::vector<net::Address>& addresses);

}  // namespace aluvia::dns
