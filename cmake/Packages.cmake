# Every third-party package, once, as a target that treats its headers as system headers.
# Debian 12 ships Asio and c-ares without CMake packages and cpp-httplib with pkg-config only.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)
# The compiled library and its users must agree on these flags, or class layouts differ.
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
find_path(RAPIDJSON_INCLUDE_DIR rapidjson/document.h REQUIRED)

add_library(aluvia_asio INTERFACE)
target_include_directories(aluvia_asio SYSTEM INTERFACE "${ASIO_INCLUDE_DIR}")
target_compile_definitions(aluvia_asio INTERFACE
  ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_NO_TS_EXECUTORS)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_definitions(aluvia_asio INTERFACE ASIO_HAS_CO_AWAIT=1 ASIO_HAS_STD_COROUTINE=1)
endif()
target_link_libraries(aluvia_asio INTERFACE Threads::Threads)

add_library(aluvia_rapidjson INTERFACE)
target_include_directories(aluvia_rapidjson SYSTEM INTERFACE "${RAPIDJSON_INCLUDE_DIR}")
