# Sets the compiler flags of every target of the project; none reaches a third-party header. Warnings are errors in the presets
# only (CMAKE_COMPILE_WARNING_AS_ERROR), so that a newer compiler's warnings do not break a packager's build.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

find_program(CCACHE ccache)
if(CCACHE)
  # The first setting lets ccache cache files that use a precompiled header; the others share the cache between checkouts,
  # so that a fresh clone builds in a fraction of the time.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
                                  "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=yes "${CCACHE}")
endif()

add_library(aluvia_compiler INTERFACE)
target_compile_options(
  aluvia_compiler
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wnon-virtual-dtor
            -Wold-style-cast
            -Wcast-align
            -Woverloaded-virtual
            -Wconversion
            -Wsign-conversion
            -Wnull-dereference
            -Wformat=2
            -fstack-protector-strong)
# All libraries go into programs, never into a shared library: -fPIC would prevent inlining of the project's functions.
target_compile_options(aluvia_compiler INTERFACE -fPIE)
target_link_options(aluvia_compiler INTERFACE -pie)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of GCC 12: null dereferences and uninitialised members inside coroutine frames that it made
  # itself, operator delete of such frames taken for another one's, overlaps in "literal" + std::string(), and
  # impossible sizes inside std::string, which it reports once the header is precompiled.
  target_compile_options(
    aluvia_compiler INTERFACE -Wno-null-dereference -Wno-maybe-uninitialized -Wno-mismatched-new-delete -Wno-restrict
                              -Wno-stringop-overflow -Wno-array-bounds)
else()
  # Debian's RapidJSON compares its iterators with operators of before C++20.
  target_compile_options(aluvia_compiler INTERFACE -Wno-ambiguous-reversed-operator)
endif()
# For the files of the tests: their speed does not matter, and -O3 doubles their build time.
add_library(aluvia_quick_build INTERFACE)
target_compile_options(aluvia_quick_build INTERFACE $<$<CONFIG:Release>:-O1>)
if(ALUVIA_SANITIZE)
  target_compile_options(aluvia_compiler INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
                                                   -fno-omit-frame-pointer)
  # An empty optional, a wrong iterator or index: inside one object, so no sanitizer sees it.
  target_compile_definitions(aluvia_compiler INTERFACE _GLIBCXX_ASSERTIONS)
  target_link_options(aluvia_compiler INTERFACE -fsanitize=address,undefined)
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(aluvia_compiler INTERFACE _FORTIFY_SOURCE=2)
  target_link_options(aluvia_compiler INTERFACE -Wl,-z,relro,-z,now)
endif()
if(ALUVIA_FUZZ)
  # Coverage instrumentation for libFuzzer, whose main is linked into the fuzzing programs only.
  target_compile_options(aluvia_compiler INTERFACE -fsanitize=fuzzer-no-link
                                                   "-fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/tests/fuzz/ignored.txt")
endif()
if(ALUVIA_COVERAGE)
  # Not optimised, so that a branch of the source is a branch of the program; absolute paths, so that gcov finds the sources
  # whatever directory ccache compiled in.
  target_compile_options(aluvia_compiler INTERFACE --coverage -O0 -fprofile-abs-path -DNDEBUG)
  target_link_options(aluvia_compiler INTERFACE --coverage)
endif()
