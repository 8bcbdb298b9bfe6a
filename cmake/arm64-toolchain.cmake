# SPDX-License-Identifier: MIT
# Building for arm64 on another machine, with Debian's cross compiler (g++-aarch64-linux-gnu) or with clang, which finds that
# compiler's headers and libraries by itself. ./build sets XENOLITH_CLANG.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES XENOLITH_CLANG)
set(prefix aarch64-linux-gnu-)
if(XENOLITH_CLANG)
  set(CMAKE_C_COMPILER clang)
  set(CMAKE_CXX_COMPILER clang++)
  foreach(language C CXX ASM)
    set(CMAKE_${language}_COMPILER_TARGET aarch64-linux-gnu)
  endforeach()
else()
  set(CMAKE_C_COMPILER ${prefix}gcc)
  set(CMAKE_CXX_COMPILER ${prefix}g++)
endif()
find_program(CMAKE_NM ${prefix}nm REQUIRED)
find_program(CMAKE_OBJCOPY ${prefix}objcopy REQUIRED)
find_program(CMAKE_AR ${prefix}gcc-ar REQUIRED)  # which reads objects that are for link-time optimisation
find_program(CMAKE_RANLIB ${prefix}gcc-ranlib REQUIRED)
