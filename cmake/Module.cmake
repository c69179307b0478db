# aluvia_module(NAME SOURCES … [MODULES …] [PUBLIC …] [PRIVATE …])
#
# One static library per folder of lib/. MODULES are the modules below that this one may include: all of them, and no
# other. This is the only place where that is written: tests/imports reads the list that aluvia_write_module_table()
# keeps of it, and fails on an #include that is not allowed and on a module that is allowed but not included.
function(aluvia_module name)
  cmake_parse_arguments(MODULE "" "" "SOURCES;MODULES;PUBLIC;PRIVATE" ${ARGN})
  add_library(aluvia_${name} STATIC ${MODULE_SOURCES})
  target_include_directories(aluvia_${name} PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/lib>")
  target_compile_features(aluvia_${name} PUBLIC cxx_std_20)
  aluvia_record_module(${name} ${MODULE_MODULES})
  list(TRANSFORM MODULE_MODULES PREPEND aluvia_)
  target_link_libraries(aluvia_${name} PUBLIC ${MODULE_MODULES} ${MODULE_PUBLIC}
                        PRIVATE $<BUILD_INTERFACE:aluvia_compiler> ${MODULE_PRIVATE})
  if("aluvia_asio" IN_LIST MODULE_PUBLIC OR "aluvia_loop" IN_LIST MODULE_MODULES)
    target_precompile_headers(aluvia_${name} REUSE_FROM aluvia_loop_headers)
  endif()
endfunction()

# aluvia_record_module(NAME MODULE…): for the table; app/ is recorded by this alone.
function(aluvia_record_module name)
  list(JOIN ARGN " " modules)
  set_property(GLOBAL APPEND_STRING PROPERTY ALUVIA_MODULES "${name}: ${modules}\n")
endfunction()

# aluvia_write_module_table(FILE): one line per module, `NAME: MODULE MODULE …`.
function(aluvia_write_module_table file)
  get_property(table GLOBAL PROPERTY ALUVIA_MODULES)
  file(WRITE "${file}" "${table}")
endfunction()

# aluvia_test(NAME SOURCES … [LINK …]): a Catch2 program whose every TEST_CASE is a ctest of its own.
function(aluvia_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name}_test ${TEST_SOURCES})
  target_include_directories(${name}_test PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${name}_test PRIVATE aluvia_compiler aluvia_quick_build aluvia_catch_main aluvia_asio fmt::fmt
                                             ${TEST_LINK})
  target_precompile_headers(${name}_test REUSE_FROM aluvia_test_headers)
  catch_discover_tests(${name}_test TEST_PREFIX "${name}: " PROPERTIES TIMEOUT 120)
endfunction()
