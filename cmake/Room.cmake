# aluvia_room(NAME SOURCES … [ROOMS …] [PUBLIC …] [PRIVATE …])
#
# One static library per room of lib/. ROOMS are the rooms below that this one may use; a test
# (tests/imports) reads the #include lines and holds them against the same table.
function(aluvia_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;ROOMS;PUBLIC;PRIVATE" ${ARGN})
  add_library(aluvia_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(aluvia_${name} PUBLIC "${PROJECT_SOURCE_DIR}/lib")
  list(TRANSFORM ROOM_ROOMS PREPEND aluvia_)
  target_link_libraries(aluvia_${name}
    PUBLIC ${ROOM_ROOMS} ${ROOM_PUBLIC}
    PRIVATE aluvia_compiler ${ROOM_PRIVATE})
  if("aluvia_asio" IN_LIST ROOM_PUBLIC OR "aluvia_net" IN_LIST ROOM_ROOMS)
    target_precompile_headers(aluvia_${name} REUSE_FROM aluvia_loop_headers)
  endif()
endfunction()

# aluvia_test(NAME SOURCES … [LINK …]): a Catch2 program whose every TEST_CASE is a ctest of its own.
function(aluvia_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name}_test ${TEST_SOURCES})
  target_include_directories(${name}_test PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${name}_test PRIVATE aluvia_compiler aluvia_quick_build aluvia_catch_main aluvia_asio fmt::fmt ${TEST_LINK})
  target_precompile_headers(${name}_test REUSE_FROM aluvia_test_headers)
  catch_discover_tests(${name}_test TEST_PREFIX "${name}: " PROPERTIES TIMEOUT 120)
endfunction()
