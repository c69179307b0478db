# Finds every library that lib/ links. Also installed: find_package(aluvia-connect) finds them by the same lines.
# Debian 12 ships Asio and c-ares without CMake packages and cpp-httplib with pkg-config only.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(fmt REQUIRED)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
# The compiled library and its users must agree on these flags, or class layouts differ.
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
