# SPDX-License-Identifier: MIT
# Linking the hypervisor's image. An architecture's boot folder calls xenolith_image_sources() with what is its own, and an
# images.cmake, read when all layers are known, calls xenolith_link_image() and makes of xenolith-syms what loaders want.

# The object files that are not in a library, and the link script (preprocessed) of the image.
function(xenolith_image_sources)
  cmake_parse_arguments(A "" "SCRIPT" "SOURCES" ${ARGN})
  list(TRANSFORM A_SOURCES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  add_library(xenolith_boot OBJECT ${A_SOURCES})
  xenolith_compile_settings(xenolith_boot PRIVATE)
  target_compile_options(xenolith_boot PRIVATE $<$<COMPILE_LANGUAGE:CXX>:${XENOLITH_LINK_TIME}>)
  set(script ${CMAKE_BINARY_DIR}/image.lds)
  add_custom_command(OUTPUT ${script}
    COMMAND ${CMAKE_C_COMPILER} -E -P -x c ${CMAKE_CURRENT_SOURCE_DIR}/${A_SCRIPT} -o ${script}
    DEPENDS ${A_SCRIPT})
  add_custom_target(xenolith_link_script DEPENDS ${script})
  # The libraries of all layers are known when the last folder has been read.
  cmake_language(EVAL CODE
    "cmake_language(DEFER DIRECTORY [[${CMAKE_SOURCE_DIR}]] CALL include [[${CMAKE_CURRENT_SOURCE_DIR}/images.cmake]])")
endfunction()

function(xenolith_link name)
  set(script ${CMAKE_BINARY_DIR}/image.lds)
  add_executable(${name} $<TARGET_OBJECTS:xenolith_boot> ${ARGN})
  add_dependencies(${name} xenolith_link_script)
  set_target_properties(${name} PROPERTIES LINK_DEPENDS ${script} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  get_property(libraries GLOBAL PROPERTY XENOLITH_LIBRARIES)
  target_link_libraries(${name} PRIVATE -Wl,--start-group ${libraries} -Wl,--end-group -lgcc)
  if(XENOLITH_LINK_TIME)
    target_link_options(${name} PRIVATE ${XENOLITH_LINK_TIME} -flto-partition=one -O2)
  endif()
  target_link_options(${name} PRIVATE -nostdlib -static -fuse-ld=bfd -Wl,-T,${script} -Wl,--gc-sections
    -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,--no-warn-rwx-segments -Wl,--build-id=none)
endfunction()

# xenolith-syms, the image as ELF with symbols: linked twice, the second time with the table of function names made of the first.
function(xenolith_link_image)
  set(folder ${CMAKE_SOURCE_DIR}/core/image)
  set(symbols ${CMAKE_BINARY_DIR}/symbols.S)
  add_library(xenolith_no_symbols OBJECT ${folder}/no_symbols.S)
  xenolith_link(xenolith-first $<TARGET_OBJECTS:xenolith_no_symbols>)
  add_custom_command(OUTPUT ${symbols}
    COMMAND python3 ${folder}/make_symbols.py ${CMAKE_NM} $<TARGET_FILE:xenolith-first> ${symbols}
    DEPENDS xenolith-first ${folder}/make_symbols.py)
  add_library(xenolith_symbols OBJECT ${symbols})
  xenolith_link(xenolith-syms $<TARGET_OBJECTS:xenolith_symbols>)
endfunction()
