# Builds build/PRESET/portable/aluvia-connect: the program with every library but glibc in it, for any distribution with the
# glibc of the machine that builds it. It links the same objects as aluvia-connect, so it costs a link and two libraries.

# One row for each static library: the name of its archive. An archive comes from the Debian package that has the headers.
set(ALUVIA_STATIC_ARCHIVES
    ssl
    crypto
    cares
    idn2
    unistring
    brotlienc
    brotlidec
    brotlicommon
    sqlite3
    z)

# Debian has no archives of {fmt} and cpp-httplib: they are compiled from Debian's source packages, which are fetched once.
set(sources "${CMAKE_BINARY_DIR}/portable/sources")
add_custom_command(
  OUTPUT "${sources}/format.cc" "${sources}/os.cc" "${sources}/httplib.cc" "${sources}/httplib.h"
  COMMAND "${PROJECT_SOURCE_DIR}/packaging/portable/sources" "${sources}"
  DEPENDS "${PROJECT_SOURCE_DIR}/packaging/portable/sources"
  COMMENT "Fetching sources of static libraries"
  VERBATIM)
add_library(aluvia_static STATIC EXCLUDE_FROM_ALL "${sources}/format.cc" "${sources}/os.cc" "${sources}/httplib.cc")
get_target_property(httplib_options PkgConfig::HTTPLIB INTERFACE_COMPILE_OPTIONS)
target_include_directories(aluvia_static SYSTEM PRIVATE $<TARGET_PROPERTY:fmt::fmt,INTERFACE_INCLUDE_DIRECTORIES>
                                                        $<TARGET_PROPERTY:OpenSSL::SSL,INTERFACE_INCLUDE_DIRECTORIES>)
# Sections, so that the linker removes the functions that the program does not call, such as the server of cpp-httplib.
target_compile_options(aluvia_static PRIVATE ${httplib_options} -w -fPIE -fstack-protector-strong -ffunction-sections
                                             -fdata-sections)
target_compile_definitions(aluvia_static PRIVATE _FORTIFY_SOURCE=2)

# The modules are linked as files: as targets they would bring the shared libraries with them.
set(modules app mcp sandbox ${ALUVIA_LIBRARIES})
list(TRANSFORM modules REPLACE "(.+)" "$<TARGET_FILE:aluvia_\\1>" OUTPUT_VARIABLE module_files)
list(TRANSFORM modules PREPEND aluvia_)
list(TRANSFORM ALUVIA_STATIC_ARCHIVES REPLACE "(.+)" "-l:lib\\1.a" OUTPUT_VARIABLE archives)

add_executable(aluvia-connect-portable EXCLUDE_FROM_ALL $<TARGET_OBJECTS:aluvia-connect>)
set_target_properties(aluvia-connect-portable PROPERTIES LINKER_LANGUAGE CXX OUTPUT_NAME aluvia-connect
                                                         RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/portable")
add_dependencies(aluvia-connect-portable ${modules})
set_property(TARGET aluvia-connect-portable PROPERTY LINK_DEPENDS ${module_files})
target_link_libraries(aluvia-connect-portable PRIVATE aluvia_compiler -Wl,--start-group ${module_files} aluvia_static
                                                      ${archives} -Wl,--end-group)
# --exclude-libs: no symbol of an archive is exported. The map lists the archives' members that were linked.
target_link_options(
  aluvia-connect-portable PRIVATE -static-libstdc++ -static-libgcc -Wl,--gc-sections,--as-needed,--exclude-libs=ALL
  "-Wl,-Map=${CMAKE_BINARY_DIR}/portable/aluvia-connect.map")
install(TARGETS aluvia-connect-portable RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT portable EXCLUDE_FROM_ALL)
