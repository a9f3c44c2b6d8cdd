# vang_module(NAME name [SOURCES ...] [DEPS ...] [PRIVATE_DEPS ...] [TESTS ...] [TEST_DEPS ...]
#             [LABELS ...])
#
# One library and, beside it, one test binary. Sources are listed, never
# globbed: a forgotten file must fail here and not at link time elsewhere.
# TESTS are *_test.cc files; they run under ctest as `<name>_test`.
function(vang_module)
  cmake_parse_arguments(M "" "NAME" "SOURCES;DEPS;PRIVATE_DEPS;TESTS;TEST_DEPS;LABELS" ${ARGN})
  if(M_SOURCES)
    add_library(${M_NAME} STATIC ${M_SOURCES})
    target_link_libraries(${M_NAME} PUBLIC ${M_DEPS} PRIVATE vang_warnings ${M_PRIVATE_DEPS})
    target_include_directories(${M_NAME} PUBLIC ${CMAKE_SOURCE_DIR})
  else()
    add_library(${M_NAME} INTERFACE)
    target_link_libraries(${M_NAME} INTERFACE ${M_DEPS})
    target_include_directories(${M_NAME} INTERFACE ${CMAKE_SOURCE_DIR})
  endif()
  if(M_TESTS AND VANG_TESTS)
    vang_test(NAME ${M_NAME}_test SOURCES ${M_TESTS} DEPS ${M_NAME} ${M_TEST_DEPS}
              LABELS ${M_LABELS})
  endif()
endfunction()

# vang_test(NAME name SOURCES ... [DEPS ...] [LABELS ...] [SERIAL] [WHOLE]): a GoogleTest binary;
# SERIAL runs its tests alone. Every TEST in it is one ctest test, so that a closing line counts what
# a reader would count; WHOLE makes all of them one, for those that share what is slow to start.
include(GoogleTest)
function(vang_test)
  cmake_parse_arguments(T "SERIAL;WHOLE" "NAME" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT T_LABELS)
    set(T_LABELS unit)
  endif()
  set(serial FALSE)
  if(T_SERIAL)
    set(serial TRUE)
  endif()
  add_executable(${T_NAME} ${T_SOURCES})
  target_link_libraries(${T_NAME} PRIVATE ${T_DEPS} vang_warnings GTest::gmock GTest::gtest_main)
  target_compile_definitions(${T_NAME} PRIVATE VANG_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                               VANG_BINARY_DIR="${CMAKE_BINARY_DIR}")
  set_target_properties(${T_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(T_WHOLE)
    add_test(NAME ${T_NAME} COMMAND ${T_NAME})
    set_tests_properties(${T_NAME} PROPERTIES LABELS "${T_LABELS}" RUN_SERIAL ${serial})
    return()
  endif()
  gtest_discover_tests(${T_NAME} DISCOVERY_MODE PRE_TEST PROPERTIES LABELS "${T_LABELS}"
                                                            RUN_SERIAL ${serial})
endfunction()
