# One set of flags for every target of ours; nothing here reaches a third-party header.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()

add_library(aluvia_compiler INTERFACE)
target_compile_options(aluvia_compiler INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-align
  -Woverloaded-virtual -Wconversion -Wsign-conversion -Wnull-dereference -Wformat=2
  -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of GCC 12: null dereferences and uninitialised members inside coroutine frames that it made
  # itself, operator delete of such frames taken for another one's, and overlaps in "literal" + std::string().
  target_compile_options(aluvia_compiler INTERFACE
    -Wno-null-dereference -Wno-maybe-uninitialized -Wno-mismatched-new-delete -Wno-restrict)
endif()
if(ALUVIA_SANITIZE)
  target_compile_options(aluvia_compiler INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  # An empty optional, a wrong iterator or index: inside one object, so no sanitizer sees it.
  target_compile_definitions(aluvia_compiler INTERFACE _GLIBCXX_ASSERTIONS)
  target_link_options(aluvia_compiler INTERFACE -fsanitize=address,undefined)
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(aluvia_compiler INTERFACE _FORTIFY_SOURCE=2)
  target_link_options(aluvia_compiler INTERFACE -Wl,-z,relro,-z,now)
endif()
