# SPDX-License-Identifier: MIT
# Included at the end of the configuration by CMakeLists.txt of this folder.
set(folder ${CMAKE_SOURCE_DIR}/arch/x86/boot)
set(binary ${CMAKE_BINARY_DIR}/arch/x86/boot)
set(script ${binary}/image.lds)
add_library(xenolith_no_symbols OBJECT ${folder}/no_symbols.S)
xenolith_link(xenolith-first ${script} $<TARGET_OBJECTS:xenolith_no_symbols>)
add_custom_command(OUTPUT ${binary}/symbols.S
  COMMAND python3 ${folder}/make_symbols.py $<TARGET_FILE:xenolith-first> ${binary}/symbols.S
  DEPENDS xenolith-first ${folder}/make_symbols.py)
add_library(xenolith_symbols OBJECT ${binary}/symbols.S)
xenolith_link(xenolith-syms ${script} $<TARGET_OBJECTS:xenolith_symbols>)
foreach(variant xenolith xenolith-pvh)
  set(flag "")
  if(variant STREQUAL xenolith-pvh)
    set(flag --no-multiboot)
  endif()
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/${variant}
    COMMAND python3 ${folder}/make_image.py ${flag} $<TARGET_FILE:xenolith-syms> ${CMAKE_BINARY_DIR}/${variant}
    DEPENDS xenolith-syms ${folder}/make_image.py)
endforeach()
add_custom_target(images ALL DEPENDS ${CMAKE_BINARY_DIR}/xenolith ${CMAKE_BINARY_DIR}/xenolith-pvh)
