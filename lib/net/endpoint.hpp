// Asio's types for TCP addresses and endpoints under our names.
#pragma once

#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>

namespace aluvia::net {

using Tcp = asio::ip::tcp;
using Endpoint = Tcp::endpoint;
using Address = asio::ip::address;

}  // namespace aluvia::net
