# The headers that cost most to read, read once for all modules that use the loop and once more, with Catch2, for the
# tests: a third of the build's time. Only for speed: every file includes what it uses, and builds without this
# (-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON, which scripts/lint does).
set(ALUVIA_HEAVY_HEADERS
  "${PROJECT_SOURCE_DIR}/lib/loop/asio.hpp" <asio/ip/tcp.hpp> <fmt/format.h>
  <algorithm> <deque> <functional> <map> <memory> <optional> <span> <string> <string_view> <unordered_map> <variant> <vector>)

# aluvia_heavy_headers(NAME [HEADER…]): what `target_precompile_headers(… REUSE_FROM NAME)` takes.
function(aluvia_heavy_headers name)
  add_library(${name} OBJECT "${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp")
  target_link_libraries(${name} PRIVATE aluvia_compiler aluvia_asio fmt::fmt)
  target_precompile_headers(${name} PRIVATE ${ALUVIA_HEAVY_HEADERS} ${ARGN})
endfunction()
