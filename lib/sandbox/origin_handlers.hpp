// Declares the handlers of the origin's paths. A handler gets the rest of the path behind its first segment.
#pragma once

#include "sandbox/origin_exchange.hpp"

#include <string_view>

namespace aluvia::sandbox {

using OriginHandler = asio::awaitable<void> (*)(OriginExchange& exchange, std::string_view argument);

// origin_pages.cpp: small responses
asio::awaitable<void> answer_summary(OriginExchange& exchange, std::string_view argument);
asio::awaitable<void> answer_headers(OriginExchange& exchange, std::string_view argument);
asio::awaitable<void> answer_status(OriginExchange& exchange, std::string_view argument);
asio::awaitable<void> answer_early(OriginExchange& exchange, std::string_view argument);
asio::awaitable<void> answer_reject(OriginExchange& exchange, std::string_view argument);
asio::awaitable<void> answer_page(OriginExchange& exchange, std::string_view argument);
asio::awaitable<void> answer_script(OriginExchange& exchange, std::string_view argument);
asio::awaitable<void> answer_silent(OriginExchange& exchange, std::string_view argument);
asio::awaitable<void> answer_slow(OriginExchange& exchange, std::string_view argument);

// origin_visit.cpp: the same for people
asio::awaitable<void> answer_visit(OriginExchange& exchange, std::string_view argument);

// origin_bodies.cpp: streams of bytes
asio::awaitable<void> answer_bytes(OriginExchange& exchange, std::string_view argument);
asio::awaitable<void> answer_chunked(OriginExchange& exchange, std::string_view argument);
asio::awaitable<void> answer_close(OriginExchange& exchange, std::string_view argument);
asio::awaitable<void> answer_download(OriginExchange& exchange, std::string_view argument);
asio::awaitable<void> answer_echo(OriginExchange& exchange, std::string_view argument);

// websocket_echo.cpp
asio::awaitable<void> answer_websocket(OriginExchange& exchange, std::string_view argument);

/// Parses `argument` as a number. Returns false, after a response with 400, if it is none.
asio::awaitable<bool> read_number(OriginExchange& exchange, std::string_view argument, std::uint64_t& number);

}  // namespace aluvia::sandbox
