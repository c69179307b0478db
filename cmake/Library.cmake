# Installs the C++ libraries: for find_package(aluvia-connect) and pkg-config, with the headers below
# include/aluvia-connect. Component `development`; the packages of the program do not contain it.
#
# aluvia::agent is the proxy as a library (agent/agent_connect_client.hpp), aluvia::http the HTTP/1.1 grammar without I/O
# (lib/http/README.md). Their headers are public with all headers that they include; every other header is private.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(ALUVIA_PUBLIC_MODULES base host http rules policy config telemetry access_log)
set(development "${CMAKE_INSTALL_LIBDIR}/cmake/aluvia-connect")

foreach(module ${ALUVIA_LIBRARIES})
  set_target_properties(aluvia_${module} PROPERTIES EXPORT_NAME ${module})
  target_include_directories(aluvia_${module}
                             INTERFACE "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/aluvia-connect>")
  list(APPEND exported aluvia_${module})
endforeach()
install(TARGETS ${exported} aluvia_asio aluvia_rapidjson EXPORT aluvia-connect
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
install(
  EXPORT aluvia-connect
  NAMESPACE aluvia::
  FILE aluvia-connect-targets.cmake
  DESTINATION "${development}"
  COMPONENT development)

foreach(module ${ALUVIA_PUBLIC_MODULES})
  install(
    DIRECTORY "${PROJECT_SOURCE_DIR}/lib/${module}"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/aluvia-connect"
    COMPONENT development
    FILES_MATCHING
    PATTERN "*.hpp")
endforeach()
file(GLOB agent_headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/lib/agent/*.hpp")
install(FILES ${agent_headers} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/aluvia-connect/agent" COMPONENT development)

# Members of the options of agent/.
install(FILES "${PROJECT_SOURCE_DIR}/lib/learn/host_state.hpp"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/aluvia-connect/learn" COMPONENT development)
install(FILES "${PROJECT_SOURCE_DIR}/lib/proxy/limits.hpp"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/aluvia-connect/proxy" COMPONENT development)
install(FILES "${PROJECT_SOURCE_DIR}/lib/proxy/gateway/early_connect_mode.hpp"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/aluvia-connect/proxy/gateway" COMPONENT development)
install(FILES "${PROJECT_SOURCE_DIR}/lib/proxy/upstream/emulated_origin.hpp"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/aluvia-connect/proxy/upstream" COMPONENT development)

# The package file finds what the libraries link by the same lines as this build.
configure_file("${PROJECT_SOURCE_DIR}/cmake/aluvia-connect-config.cmake.in"
               "${CMAKE_BINARY_DIR}/development/aluvia-connect-config.cmake" @ONLY)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/development/aluvia-connect-config-version.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/development/aluvia-connect-config.cmake"
              "${CMAKE_BINARY_DIR}/development/aluvia-connect-config-version.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/Dependencies.cmake" DESTINATION "${development}" COMPONENT development)

# aluvia_pkg_config(NAME DESCRIPTION REQUIRES MODULE…): modules from the highest to the lowest, as a linker wants static libraries.
function(aluvia_pkg_config name description requires)
  # Relative, so that the installed tree can be moved: lib/x86_64-linux-gnu/pkgconfig is three folders deep.
  file(RELATIVE_PATH ALUVIA_PC_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  list(TRANSFORM ARGN PREPEND "-laluvia_")
  list(JOIN ARGN " " ALUVIA_PC_LIBRARIES)
  set(ALUVIA_PC_NAME "${name}")
  set(ALUVIA_PC_DESCRIPTION "${description}")
  set(ALUVIA_PC_REQUIRES "${requires}")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/pkg-config.pc.in" "${CMAKE_BINARY_DIR}/development/${name}.pc" @ONLY)
  install(FILES "${CMAKE_BINARY_DIR}/development/${name}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig"
          COMPONENT development)
endfunction()
set(from_the_top ${ALUVIA_LIBRARIES})
list(REVERSE from_the_top)
aluvia_pkg_config(aluvia-connect "Local smart proxy for AI agents, as a library"
                  "openssl libcares libidn2 sqlite3 fmt cpp-httplib" ${from_the_top})
aluvia_pkg_config(aluvia-http "HTTP/1.1 grammar without I/O: heads, targets, framing, chunks" "libidn2 fmt" http host
                  base)
