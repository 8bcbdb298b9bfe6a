# SPDX-License-Identifier: MIT
# Functions for the hosted half (tools/). Two kinds of build tree use them:
#   XENOLITH_BUILD=tools  the programs as they are shipped
#   XENOLITH_BUILD=unit   the same libraries under ASan and UBSan, with their unit tests and fuzzers

# GCC 12 sees overlaps and overruns in std::string where there are none (its bugs 105329 and 105651).
set(XENOLITH_HOSTED ${XENOLITH_WARNINGS} -Wno-restrict -Wno-array-bounds -Wno-stringop-overread
  -fcoroutines -fstack-protector-strong -fPIE)

# headers: whose precompiled headers it reads, tool_headers or tool_test_headers. Sources include what they use all the same.
function(xenolith_tool_settings name headers)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/tools/arch/${XENOLITH_TOOLS_ARCH}/include)
  target_compile_options(${name} PRIVATE ${XENOLITH_HOSTED})
  if(NOT name STREQUAL headers)
    target_precompile_headers(${name} REUSE_FROM ${headers})
  endif()
  if(XENOLITH_BUILD STREQUAL unit)
    target_compile_options(${name} PRIVATE ${XENOLITH_SANITIZE})
    target_link_options(${name} PRIVATE ${XENOLITH_SANITIZE})
  endif()
endfunction()

# xenolith_tool_packages(name package ...): links the pkg-config packages, as system headers. Programs that are shipped take
# the archives, if there are any: most of what `xl` does is starting, and most of its start would be loading libraries.
function(xenolith_tool_packages name)
  foreach(package ${ARGN})
    if(NOT TARGET PkgConfig::${package})
      pkg_check_modules(${package} REQUIRED IMPORTED_TARGET GLOBAL ${package})
    endif()
    if(XENOLITH_BUILD STREQUAL unit)
      target_link_libraries(${name} PUBLIC PkgConfig::${package})
    else()
      target_include_directories(${name} SYSTEM PUBLIC ${${package}_INCLUDE_DIRS})
      xenolith_archives(archives ${${package}_STATIC_LIBRARIES})
      target_link_libraries(${name} PUBLIC ${archives})
    endif()
  endforeach()
endfunction()

# xenolith_archives(variable library ...): the archive of each library, its name where there is none.
function(xenolith_archives variable)
  set(found)
  foreach(library ${ARGN})
    find_library(XENOLITH_ARCHIVE_${library} NAMES lib${library}.a ${library})
    list(APPEND found ${XENOLITH_ARCHIVE_${library}})
  endforeach()
  set(${variable} ${found} PARENT_SCOPE)
endfunction()

# xenolith_tool_library(name SOURCES a.cpp ... [DEPENDS library ...] [PACKAGES pkg-config ...] [TESTS ...] [FUZZ ...])
# TESTS are GoogleTest sources, one program for all; FUZZ sources define LLVMFuzzerTestOneInput.
function(xenolith_tool_library name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPENDS;PACKAGES;TESTS;FUZZ" ${ARGN})
  add_library(${name} STATIC ${A_SOURCES})
  target_link_libraries(${name} PUBLIC ${A_DEPENDS})
  xenolith_tool_settings(${name} tool_headers)
  xenolith_tool_packages(${name} ${A_PACKAGES})
  if(NOT XENOLITH_BUILD STREQUAL unit)
    return()
  endif()
  if(A_TESTS)
    add_executable(${name}_test ${A_TESTS})
    target_link_libraries(${name}_test PRIVATE ${name} GTest::gtest_main)
    xenolith_tool_settings(${name}_test tool_test_headers)
    gtest_discover_tests(${name}_test TEST_PREFIX "tools." DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 120 LABELS unit)
  endif()
  foreach(source ${A_FUZZ})
    get_filename_component(fuzz ${source} NAME_WE)
    add_executable(${fuzz} ${source} ${CMAKE_SOURCE_DIR}/tests/fuzz/bounded_driver.cpp)
    target_link_libraries(${fuzz} PRIVATE ${name})
    xenolith_tool_settings(${fuzz} tool_headers)
    add_test(NAME fuzz.${fuzz} COMMAND ${fuzz} --seconds 3)
    set_tests_properties(fuzz.${fuzz} PROPERTIES TIMEOUT 60 LABELS unit)
  endforeach()
endfunction()

# xenolith_tool_program(name SOURCES a.cpp ... [DEPENDS library ...] [STATIC]): a program, made in the tools tree only. STATIC: one
# that loads no libraries at all.
function(xenolith_tool_program name)
  cmake_parse_arguments(A "STATIC" "" "SOURCES;DEPENDS" ${ARGN})
  if(NOT XENOLITH_BUILD STREQUAL tools)
    return()
  endif()
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE ${A_DEPENDS})
  target_link_options(${name} PRIVATE $<IF:$<BOOL:${A_STATIC}>,-static-pie,-pie>)
  xenolith_tool_settings(${name} tool_headers)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()
