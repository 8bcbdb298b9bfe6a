/* SPDX-License-Identifier: MIT
 * Read before every source of an image (cmake/Xenolith.cmake): what is declared anywhere lies in the same image, so calls and
 * addresses need no global offset table. -fvisibility=hidden says that of definitions only. */
#pragma GCC visibility push(hidden)
