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
  . = ALIGN(4096);
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
  .data : {
    *(.data .data.* .got .got.*)
    . = ALIGN(4096);
  } :data
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
  /* For the header of the EFI application: two sections, of what is executed and of what is written. */
  image_size_low = ABSOLUTE(image_end - image_start);
  efi_entry_offset = ABSOLUTE(efi_entry - image_start);
  pe_text_size = ABSOLUTE(rodata_end - image_start - 0x1000);
  pe_data_offset = ABSOLUTE(rodata_end - image_start);
  pe_data_size = ABSOLUTE(file_end - rodata_end);
  pe_data_memory = ABSOLUTE(image_end - rodata_end);
  /DISCARD/ : { *(.note .note.* .comment .plt .interp .dynamic .dynsym .dynstr .hash .gnu.hash) }
}
ASSERT(SIZEOF(.head) <= 4096, "the head must fit a page")
ASSERT(image_end - image_start <= 0x1000000, "the image must fit 16 MiB")
