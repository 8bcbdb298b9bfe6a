# SPDX-License-Identifier: MIT
# Read at the end of the configuration. `xenolith` is xenolith-syms as a Linux Image: its bytes as they lie in memory.
xenolith_link_image()
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/xenolith
  COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:xenolith-syms> ${CMAKE_BINARY_DIR}/xenolith
  DEPENDS xenolith-syms)
add_custom_target(images ALL DEPENDS ${CMAKE_BINARY_DIR}/xenolith)
