# Installs the program and its files, and makes the Debian package of them; scripts/package also makes the portable archive.
#
# The component `program` is the program, `portable` the portable one, and `files` accompanies either. Three more components
# differ in the places of documents and of zsh's completions, and in the path of the program inside the units: `local` for
# `cmake --install`, `debian` for the package, and `archive`.
include(GNUInstallDirs)

set(ALUVIA_DOC "${CMAKE_INSTALL_DATAROOTDIR}/doc/aluvia-connect")
file(GLOB ALUVIA_UNITS CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/systemd/*.service"
     "${PROJECT_SOURCE_DIR}/systemd/*.socket")

# aluvia_documents(COMPONENT FILE… [EXCLUDE_FROM_ALL]): installs documents with the layout of the sources, so that links work.
function(aluvia_documents component)
  cmake_parse_arguments(DOCUMENTS EXCLUDE_FROM_ALL "" "" ${ARGN})
  set(where COMPONENT ${component})
  if(DOCUMENTS_EXCLUDE_FROM_ALL)
    list(APPEND where EXCLUDE_FROM_ALL)
  endif()
  # A directory: the pages are those that exist when they are installed, not when the build was configured.
  install(
    DIRECTORY docs/
    DESTINATION "${ALUVIA_DOC}/docs"
    ${where} FILES_MATCHING
    PATTERN "*.md"
    PATTERN "*.svg"
    PATTERN "*.png"
    PATTERN "example.conf") # pages link to it
  install(FILES docs/example.conf DESTINATION "${ALUVIA_DOC}/examples" ${where})
  install(
    FILES packaging/logrotate/aluvia-connect
    RENAME aluvia-connect.logrotate
    DESTINATION "${ALUVIA_DOC}/examples"
    ${where})
  install(FILES packaging/grafana/dashboard.json packaging/grafana/alerts.yaml
          DESTINATION "${ALUVIA_DOC}/examples/grafana" ${where})
  install(FILES README.md SECURITY.md ${DOCUMENTS_UNPARSED_ARGUMENTS} DESTINATION "${ALUVIA_DOC}" ${where})
endfunction()

# aluvia_units(COMPONENT PROGRAM [EXCLUDE_FROM_ALL]): installs the units with the path of the program.
function(aluvia_units component program)
  foreach(unit ${ALUVIA_UNITS})
    get_filename_component(name "${unit}" NAME)
    file(READ "${unit}" text)
    string(REPLACE /usr/bin/aluvia-connect "${program}" text "${text}")
    file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/units/${component}/${name}" CONTENT "${text}" @ONLY)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${unit}")
    install(
      FILES "${CMAKE_BINARY_DIR}/units/${component}/${name}"
      DESTINATION lib/systemd/user
      COMPONENT ${component}
      ${ARGN})
  endforeach()
endfunction()

# Beside every program.
install(FILES "${ALUVIA_MAN}/aluvia-connect.1.gz" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT files)
install(
  FILES "${ALUVIA_MAN}/aluvia-connect.bash"
  RENAME aluvia-connect
  DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/bash-completion/completions"
  COMPONENT files)
install(FILES "${ALUVIA_MAN}/aluvia-connect.fish" DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/fish/vendor_completions.d"
        COMPONENT files)

# For `cmake --install`.
aluvia_units(local "${CMAKE_INSTALL_FULL_BINDIR}/aluvia-connect")
install(FILES "${ALUVIA_MAN}/_aluvia-connect" DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/zsh/site-functions"
        COMPONENT local)
aluvia_documents(local LICENSE CHANGELOG.md "${ALUVIA_MAN}/NOTICES")

# aluvia_bill_of_materials(COMPONENT FILE): installs the bill of the component's program, which scripts/package makes after the build.
function(aluvia_bill_of_materials component file)
  install(
    FILES "${file}"
    RENAME aluvia-connect.spdx.json
    DESTINATION "${ALUVIA_DOC}"
    COMPONENT ${component}
    EXCLUDE_FROM_ALL)
endfunction()

# For Debian's package.
aluvia_units(debian /usr/bin/aluvia-connect EXCLUDE_FROM_ALL)
install(
  FILES "${ALUVIA_MAN}/_aluvia-connect"
  DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/zsh/vendor-completions"
  COMPONENT debian
  EXCLUDE_FROM_ALL)
aluvia_documents(debian packaging/debian/copyright "${ALUVIA_MAN}/NOTICES" "${ALUVIA_MAN}/changelog.gz"
                 "${ALUVIA_MAN}/changelog.Debian.gz" EXCLUDE_FROM_ALL)
aluvia_bill_of_materials(debian "${CMAKE_BINARY_DIR}/app/aluvia-connect.spdx.json")

install(
  FILES packaging/debian/lintian-overrides
  RENAME aluvia-connect
  DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/lintian/overrides"
  COMPONENT debian
  EXCLUDE_FROM_ALL)

# For the archive, which is laid out like /usr/local.
aluvia_units(archive /usr/local/bin/aluvia-connect EXCLUDE_FROM_ALL)
install(
  FILES "${ALUVIA_MAN}/_aluvia-connect"
  DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/zsh/site-functions"
  COMPONENT archive
  EXCLUDE_FROM_ALL)
aluvia_documents(archive CHANGELOG.md EXCLUDE_FROM_ALL)
install(
  FILES "${CMAKE_BINARY_DIR}/portable/aluvia-connect.notices" # made by scripts/package, too
  RENAME NOTICES
  DESTINATION "${ALUVIA_DOC}"
  COMPONENT archive
  EXCLUDE_FROM_ALL)
aluvia_bill_of_materials(archive "${CMAKE_BINARY_DIR}/portable/aluvia-connect.spdx.json")
install(
  FILES LICENSE README.md
  DESTINATION .
  COMPONENT archive
  EXCLUDE_FROM_ALL)

# The revision of the Debian package comes from its changelog, whose version must be the project's.
file(STRINGS packaging/debian/changelog first_line LIMIT_COUNT 1)
if(NOT first_line MATCHES "^aluvia-connect \\(${PROJECT_VERSION}-([0-9]+)\\)")
  message(FATAL_ERROR "packaging/debian/changelog begins with '${first_line}', but the version is ${PROJECT_VERSION}: "
                      "add an entry for it")
endif()
set(CPACK_DEBIAN_PACKAGE_RELEASE "${CMAKE_MATCH_1}")

set(CPACK_GENERATOR DEB)
set(CPACK_INSTALL_CMAKE_PROJECTS
    "${CMAKE_BINARY_DIR};aluvia-connect;program;/" "${CMAKE_BINARY_DIR};aluvia-connect;files;/"
    "${CMAKE_BINARY_DIR};aluvia-connect;debian;/")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_NAME aluvia-connect)
set(CPACK_PACKAGE_CONTACT "The aluvia-connect authors <noreply@aluvia.io>")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                                                WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
if(CMAKE_CROSSCOMPILING)
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE arm64)
  # dpkg-shlibdeps searches these folders for the libraries that the program needs.
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${CMAKE_FIND_ROOT_PATH}/usr/lib/aarch64-linux-gnu")
endif()
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE "https://www.aluvia.io")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Listens on 127.0.0.1, reads credentials and hostname rules from the Aluvia API,
and decides for every request whether it goes through Aluvia's gateway or
direct to the site. Rules change while clients run.
.
Commands query and change a running proxy, run a program behind a proxy of
its own, and emulate all of Aluvia on this machine, for trials and tests.") # below the project's own line
# dpkg-shlibdeps finds the libraries in the binary; no linker knows about certificates.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS libpam-systemd) # starts the manager that user units need
set(CPACK_DEBIAN_PACKAGE_SUGGESTS bash-completion)
include(CPack)
