/* SPDX-License-Identifier: MIT */
/* The hypervisor as ELF64 at its virtual address. Sections of different rights lie on different pages; the image's first page holds
   the header of a Linux Image and the entry code, which runs at machine addresses. */
OUTPUT_FORMAT("elf64-littleaarch64")
ENTRY(image_start)
PHDRS {
  text PT_LOAD FLAGS(5);
  rodata PT_LOAD FLAGS(4);
  data PT_LOAD FLAGS(6);
}
SECTIONS {
  . = 0x808040000000;
  .head : { KEEP(*(.head)) } :text
  .text : { *(.text .text.*) } :text
  . = ALIGN(4096);
  text_end = .;
  .rodata : {
    *(.rodata .rodata.*)
    . = ALIGN(8);
    __start_xenolith_options = .;
    KEEP(*(xenolith_options))
    __stop_xenolith_options = .;
    . = ALIGN(8);
    init_array_start = .;
    KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*) .init_array))
    init_array_end = .;
    *(.eh_frame .eh_frame_hdr .gcc_except_table)
  } :rodata
  . = ALIGN(4096);
  rodata_end = .;
  .data : { *(.data .data.* .got .got.*) } :data
  . = ALIGN(4096);
  file_end = .;
  .bss : {
    boot_tables_start = .;
    *(.boot_tables)
    boot_tables_end = .;
    *(.bss .bss.* COMMON)
    . = ALIGN(4096);
  } :data
  image_end = .;
  image_size = image_end - image_start;
  /DISCARD/ : { *(.note .note.* .comment .plt .interp .dynamic .dynsym .dynstr .hash .gnu.hash) }
}
ASSERT(image_end - image_start <= 0x1000000, "the image must fit 16 MiB")
