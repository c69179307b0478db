# Finds the third-party packages and makes a target of each that treats its headers as system headers.
include(Dependencies)
find_package(CLI11 REQUIRED)
find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
find_path(RAPIDJSON_INCLUDE_DIR rapidjson/document.h REQUIRED)

add_library(aluvia_asio INTERFACE)
target_include_directories(aluvia_asio SYSTEM INTERFACE "${ASIO_INCLUDE_DIR}")
target_compile_definitions(aluvia_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_NO_TS_EXECUTORS)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_definitions(aluvia_asio INTERFACE ASIO_HAS_CO_AWAIT=1 ASIO_HAS_STD_COROUTINE=1)
endif()
target_link_libraries(aluvia_asio INTERFACE Threads::Threads)

add_library(aluvia_rapidjson INTERFACE)
target_include_directories(aluvia_rapidjson SYSTEM INTERFACE "${RAPIDJSON_INCLUDE_DIR}")

# Otherwise macros of OpenSSL write the paths of our sources into the program, which then depends on the directory of the build.
set_property(TARGET OpenSSL::Crypto APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS OPENSSL_NO_FILENAMES)
