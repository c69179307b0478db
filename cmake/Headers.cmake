# Precompiles the headers that take longest to parse, once for all modules that use the loop and once, with Catch2, for the
# tests, which saves a third of the build time. Every file still includes what it uses, and builds without this
# (-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON, as scripts/lint does).
set(ALUVIA_HEAVY_HEADERS
    <asio/error.hpp>
    <asio/ip/tcp.hpp>
    <fmt/format.h>
    <algorithm>
    <deque>
    <functional>
    <map>
    <memory>
    <optional>
    <span>
    <string>
    <string_view>
    <unordered_map>
    <variant>
    <vector>)

# aluvia_heavy_headers(NAME [HEADER…]): makes a target for `target_precompile_headers(… REUSE_FROM NAME)`.
function(aluvia_heavy_headers name)
  add_library(${name} OBJECT "${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp")
  target_link_libraries(${name} PRIVATE aluvia_compiler aluvia_asio fmt::fmt)
  target_precompile_headers(${name} PRIVATE ${ALUVIA_HEAVY_HEADERS} ${ARGN})
endfunction()
