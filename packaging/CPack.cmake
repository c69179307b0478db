# What `cmake --install` puts where, and the Debian package made of it (scripts/package).
include(GNUInstallDirs)

install(FILES "${PROJECT_SOURCE_DIR}/systemd/aluvia-connect.service" DESTINATION lib/systemd/user)
install(FILES "${PROJECT_SOURCE_DIR}/README.md" "${PROJECT_SOURCE_DIR}/CHANGELOG.md"
        DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/doc/aluvia-connect")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE"
        DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/doc/aluvia-connect" RENAME copyright)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME aluvia-connect)
set(CPACK_PACKAGE_CONTACT "The aluvia-connect authors <noreply@aluvia.io>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Listens on 127.0.0.1, reads credentials and hostname rules from the Aluvia API,
and decides for every request whether it goes through Aluvia's gateway or
straight to the site.") # below the project's own one-line description
# The libraries come from the binary itself; certificates are what no linker knows about.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS ca-certificates)
include(CPack)
