// SPDX-License-Identifier: MIT
// The way in from UEFI firmware or from GRUB's xen_hypervisor: this image is an EFI application, too (the header in head.S). It runs where
// the firmware put it, with the firmware's address space; nothing here may use an address that is stored anywhere, and nothing of
// the hypervisor is there yet. It copies the image to a place of its own and the device tree with the firmware's memory map in it.
#include <arch/cache.hpp>

#include <cstring>

#include "arch/arm64/boot/efi_tables.hpp"
#include "core/base/bits.hpp"
#include "core/base/units.hpp"

extern "C" {
#include <libfdt.h>
}

namespace xenolith::efi {
namespace {

extern "C" const std::byte image_start[], file_end[], image_end[];

constexpr u64 large_page = u64{2} << 20;
constexpr u64 tree_growth = 64 << 10;
constexpr unsigned most_ranges = 120, most_words = 1024;

// What head.S goes on with.
struct Handover {
  u64 image, tree;
};

struct Range {
  u64 first, end;
};

struct Ranges {
  Range all[most_ranges];
  unsigned count;

  // Ranges come in ascending order as a rule; those that touch become one.
  void add(u64 first, u64 end) {
    if (count > 0 && all[count - 1].end == first) all[count - 1].end = end;
    else if (count < most_ranges) all[count++] = {first, end};
  }
};

class Loader {
 public:
  Loader(Handle image, SystemTable& system, Handover& handover) : image_{image}, system_{system}, boot_{*system.boot}, handover_{handover} {}

  Status run() {
    const void* tree = find_tree();
    if (!tree) return complain(u"Xenolith: the firmware gives no device tree\r\n", unsupported);
    if (Status status = copy_image()) return complain(u"Xenolith: no memory for the image\r\n", status);
    if (Status status = copy_tree(tree)) return complain(u"Xenolith: the device tree cannot be copied\r\n", status);
    return leave_firmware();
  }

 private:
  Status complain(const char16_t* text, Status status) {
    system_.output->output_string(system_.output, text);
    return status;
  }

  const void* find_tree() {
    for (u64 i = 0; i < system_.table_count; ++i)
      if (std::memcmp(&system_.tables[i].guid, &device_tree_guid, sizeof(Guid)) == 0) return system_.tables[i].table;
    return nullptr;
  }

  Status allocate(MemoryType type, u64 bytes, u64& address) {
    return boot_.allocate_pages(AllocateType::any_pages, type, (bytes + page_size - 1) / page_size, &address);
  }

  Status copy_image() {
    u64 size = static_cast<u64>(image_end - image_start), contents = static_cast<u64>(file_end - image_start), at = 0;
    if (Status status = allocate(MemoryType::loader_code, size + large_page, at)) return status;
    handover_.image = align_up(at, large_page);
    auto* to = reinterpret_cast<std::byte*>(handover_.image);
    std::memcpy(to, image_start, contents);
    arch::clean_cache(to, contents);
    return success;
  }

  Status copy_tree(const void* tree) {
    tree_room_ = fdt_totalsize(tree) + tree_growth;
    if (Status status = allocate(MemoryType::loader_data, tree_room_, handover_.tree)) return status;
    if (fdt_open_into(tree, this->tree(), static_cast<int>(tree_room_)) != 0) return load_error;
    return add_command_line();
  }

  void* tree() const { return reinterpret_cast<void*>(handover_.tree); }

  // Where nobody has written one into the tree, the image's own options are it.
  Status add_command_line() {
    int chosen = fdt_path_offset(tree(), "/chosen");
    if (chosen < 0) chosen = fdt_add_subnode(tree(), 0, "chosen");
    if (chosen < 0) return load_error;
    for (const char* name : {"xen,xen-bootargs", "bootargs"})
      if (fdt_getprop(tree(), chosen, name, nullptr)) return success;
    void* found = nullptr;
    if (boot_.handle_protocol(image_, &loaded_image_guid, &found) != success) return success;
    const auto& options = *static_cast<const LoadedImage*>(found);
    char words[most_words];
    unsigned count = 0;
    for (; count + 1 < most_words && (count + 1) * sizeof(char16_t) <= options.options_size && options.options[count]; ++count)
      words[count] = static_cast<char>(options.options[count]);
    words[count] = '\0';
    return fdt_setprop(tree(), chosen, "xen,xen-bootargs", words, static_cast<int>(count + 1)) == 0 ? success : load_error;
  }

  // The map may change while it is read; its key proves that it has not.
  Status leave_firmware() {
    u64 room = 0, key = 0, descriptor_size = 0, map = 0;
    u32 version = 0;
    boot_.get_memory_map(&room, nullptr, &key, &descriptor_size, &version);
    room += 64 * descriptor_size;
    if (Status status = allocate(MemoryType::loader_data, room, map)) return status;
    Status status = load_error;
    u64 size = 0;
    for (unsigned attempt = 0; attempt < 4 && status != success; ++attempt) {
      size = room;
      status = boot_.get_memory_map(&size, reinterpret_cast<void*>(map), &key, &descriptor_size, &version);
      if (status == success) status = boot_.exit_boot_services(image_, key);
    }
    if (status != success) return status;
    // There is nobody to complain to from here on: a tree without memory makes the hypervisor stop with a message.
    write_memory(map, size, descriptor_size);
    fdt_pack(tree());
    arch::clean_cache(static_cast<const std::byte*>(tree()), tree_room_);
    return success;
  }

  static bool is_free(const MemoryDescriptor& descriptor) {
    return descriptor.type == MemoryType::conventional ||
           (descriptor.type >= MemoryType::loader_code && descriptor.type <= MemoryType::boot_data);
  }

  void write_memory(u64 map, u64 size, u64 descriptor_size) {
    Ranges ranges;
    ranges.count = 0;
    for (u64 at = map; at + descriptor_size <= map + size; at += descriptor_size) {
      const auto& descriptor = *reinterpret_cast<const MemoryDescriptor*>(at);
      if (is_free(descriptor)) ranges.add(descriptor.first, descriptor.first + descriptor.pages * page_size);
    }
    remove_memory();
    int node = fdt_add_subnode(tree(), 0, "memory");
    if (node < 0) return;
    fdt32_t cells[most_ranges * 4];
    unsigned count = 0;
    for (unsigned i = 0; i < ranges.count; ++i) {
      count = add_number(cells, count, ranges.all[i].first, root_cells("#address-cells", 2));
      count = add_number(cells, count, ranges.all[i].end - ranges.all[i].first, root_cells("#size-cells", 1));
    }
    fdt_setprop(tree(), node, "reg", cells, static_cast<int>(count * sizeof(fdt32_t)));
    fdt_setprop(tree(), node, "device_type", "memory", sizeof "memory");
  }

  u32 root_cells(const char* name, u32 usual) {
    int size = 0;
    const void* value = fdt_getprop(tree(), 0, name, &size);
    return value && size == 4 ? fdt32_to_cpu(*static_cast<const fdt32_t*>(value)) : usual;
  }

  static unsigned add_number(fdt32_t* cells, unsigned count, u64 value, u32 width) {
    if (width > 1) cells[count++] = cpu_to_fdt32(static_cast<u32>(value >> 32));
    cells[count++] = cpu_to_fdt32(static_cast<u32>(value));
    return count;
  }

  bool is_memory(int node) {
    int size = 0;
    const void* type = fdt_getprop(tree(), node, "device_type", &size);
    return type && size == sizeof "memory" && std::memcmp(type, "memory", sizeof "memory") == 0;
  }

  void remove_memory() {
    for (int node = fdt_first_subnode(tree(), 0); node >= 0;) {
      if (is_memory(node)) {
        fdt_del_node(tree(), node);
        node = fdt_first_subnode(tree(), 0);
      } else {
        node = fdt_next_subnode(tree(), node);
      }
    }
  }

  Handle image_;
  SystemTable& system_;
  BootServices& boot_;
  Handover& handover_;
  u64 tree_room_ = 0;
};

}  // namespace

// From head.S. What is not `success` goes back to the firmware.
extern "C" Status efi_start(Handle image, SystemTable* system, Handover* handover) { return Loader{image, *system, *handover}.run(); }

}  // namespace xenolith::efi
