# SPDX-License-Identifier: MIT
# Building the programs of dom0 for arm64 on another machine: Debian's cross compiler with its own C library, and the development files of
# Debian's arm64 packages that scripts/setup --arch arm64 unpacks. Headers that are the same everywhere (CLI11, nlohmann) are the machine's.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

get_filename_component(sysroot ${CMAKE_CURRENT_LIST_DIR}/../out/cache/sysroot-arm64 ABSOLUTE)
set(libraries ${sysroot}/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE})
set(CMAKE_FIND_ROOT_PATH ${sysroot})
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(ENV{PKG_CONFIG_LIBDIR} ${libraries}/pkgconfig:${sysroot}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${sysroot})

# Behind the compiler's own: what is the same in both stays its own.
set(after "-idirafter ${sysroot}/usr/include -idirafter ${sysroot}/usr/include/${CMAKE_LIBRARY_ARCHITECTURE} -idirafter /usr/include")
set(CMAKE_C_FLAGS_INIT ${after})
set(CMAKE_CXX_FLAGS_INIT ${after})
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,-rpath-link,${libraries}:${sysroot}/lib/${CMAKE_LIBRARY_ARCHITECTURE}")
