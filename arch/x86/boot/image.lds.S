/* SPDX-License-Identifier: MIT */
/* The hypervisor as ELF64 at its virtual address. Sections of different rights lie on different pages; the image's
   first bytes are the multiboot headers and the 32-bit entry. */
OUTPUT_FORMAT("elf64-x86-64")
ENTRY(multiboot_entry)
PHDRS {
  text PT_LOAD FLAGS(5);
  rodata PT_LOAD FLAGS(4);
  data PT_LOAD FLAGS(6);
}
SECTIONS {
  . = 0xffff808040000000;
  .head : { KEEP(*(.head)) } :text
  .text : { *(.text.entry) *(.text .text.*) } :text
  . = ALIGN(4096);
  text_end = .;
  .rodata : {
    *(.rodata .rodata.*)
    . = ALIGN(8);
    __start_xenolith_options = .;
    KEEP(*(xenolith_options))
    __stop_xenolith_options = .;
    . = ALIGN(8);
    exception_fixups = .;
    KEEP(*(.exception_fixups))
    exception_fixups_end = .;
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
  .bss : { *(.bss .bss.* COMMON) . = ALIGN(4096); } :data
  image_end = .;
  /DISCARD/ : { *(.note .note.* .comment .plt .interp .dynamic .dynsym .dynstr .hash .gnu.hash) }
}
ASSERT(image_end - image_start <= 0x1000000, "the image must fit 16 MiB")
