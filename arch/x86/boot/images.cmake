# SPDX-License-Identifier: MIT
# Read at the end of the configuration. `xenolith` is a 32-bit ELF file that carries xenolith-syms as one piece, as multiboot
# loaders want it; `xenolith-pvh` is the same without the multiboot header, for VMMs that prefer it to the PVH note.
xenolith_link_image()
set(folder ${CMAKE_SOURCE_DIR}/arch/x86/boot)
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
