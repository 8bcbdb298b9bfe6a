# SPDX-License-Identifier: MIT
# Tests with threads as CPUs under ThreadSanitizer, which cannot be had together with the address sanitizer: the layers below the
# tests are compiled once more. Included after all layers are known.

# Sets `out` to the absolute sources of the layers.
function(xenolith_sources_of out)
  set(all)
  foreach(layer ${ARGN})
    get_target_property(folder ${layer} SOURCE_DIR)
    get_target_property(sources ${layer} SOURCES)
    foreach(source ${sources})
      cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${folder} NORMALIZE)
      list(APPEND all ${source})
    endforeach()
  endforeach()
  set(${out} ${all} PARENT_SCOPE)
endfunction()

function(xenolith_thread_settings name)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/arch/host/include
    ${CMAKE_SOURCE_DIR}/arch/contract/include)
  target_include_directories(${name} SYSTEM PRIVATE ${XENOLITH_INTERFACE_INCLUDE})
  target_compile_definitions(${name} PRIVATE XENOLITH_DEBUG=1)
  # Of fences the sanitizer knows nothing; what they order here are atomic accesses.
  target_compile_options(${name} PRIVATE ${XENOLITH_WARNINGS} -O1 -fsanitize=thread -fno-omit-frame-pointer
    $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
endfunction()

# A library, so that only what the tests use is linked.
xenolith_sources_of(thread_sources core_base core_memory core_domain core_events core_grants core_memory_operations core_run
  core_sched core_hypercall arch_host arch_host_objects)
add_library(thread_layers STATIC ${thread_sources})
xenolith_thread_settings(thread_layers)
add_executable(thread_test core/events/event_concurrency_test.cpp core/events/event_race_test.cpp
  core/grants/grant_race_test.cpp)
xenolith_thread_settings(thread_test)
target_link_libraries(thread_test PRIVATE thread_layers GTest::gtest_main)
target_link_options(thread_test PRIVATE -fsanitize=thread)
gtest_discover_tests(thread_test TEST_PREFIX "unit.threads." DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 240 LABELS unit)
