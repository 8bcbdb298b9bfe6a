// SPDX-License-Identifier: MIT
#include "tools/config/config_keys.hpp"

#include <algorithm>
#include <array>

namespace xenolith::tools {
namespace {

struct Key {
  std::string_view name;
  KeyStatus status;
};

// By name.
constexpr std::array keys = {
    Key{"acpi_firmware", KeyStatus::hvm_only},
    Key{"acpi_laptop_slate", KeyStatus::hvm_only},
    Key{"acpi_s3", KeyStatus::hvm_only},
    Key{"acpi_s4", KeyStatus::hvm_only},
    Key{"altp2m", KeyStatus::unsupported},
    Key{"altp2mhvm", KeyStatus::unsupported},
    Key{"bios", KeyStatus::hvm_only},
    Key{"bios_path_override", KeyStatus::hvm_only},
    Key{"boot", KeyStatus::hvm_only},
    Key{"cpuid", KeyStatus::ignored},
    Key{"device_model", KeyStatus::hvm_only},
    Key{"device_model_args", KeyStatus::hvm_only},
    Key{"device_model_args_hvm", KeyStatus::hvm_only},
    Key{"device_model_args_pv", KeyStatus::ignored},
    Key{"device_model_override", KeyStatus::ignored},
    Key{"device_model_stubdomain_override", KeyStatus::hvm_only},
    Key{"device_model_stubdomain_seclabel", KeyStatus::hvm_only},
    Key{"device_model_user", KeyStatus::hvm_only},
    Key{"device_model_version", KeyStatus::ignored},
    Key{"display", KeyStatus::hvm_only},
    Key{"dm_restrict", KeyStatus::hvm_only},
    Key{"dtdev", KeyStatus::unsupported},
    Key{"e820_host", KeyStatus::pv_only},
    Key{"firmware_override", KeyStatus::hvm_only},
    Key{"gfx_passthru", KeyStatus::hvm_only},
    Key{"gic_version", KeyStatus::ignored},
    Key{"hdtype", KeyStatus::hvm_only},
    Key{"hpet", KeyStatus::hvm_only},
    Key{"init_seclabel", KeyStatus::ignored},
    Key{"keymap", KeyStatus::hvm_only},
    Key{"latency", KeyStatus::ignored},
    Key{"mca_caps", KeyStatus::hvm_only},
    Key{"mmio_hole", KeyStatus::hvm_only},
    Key{"ms_vm_genid", KeyStatus::hvm_only},
    Key{"nographic", KeyStatus::hvm_only},
    Key{"nx", KeyStatus::hvm_only},
    Key{"oos", KeyStatus::ignored},
    Key{"opengl", KeyStatus::hvm_only},
    Key{"p9", KeyStatus::unsupported},
    Key{"pae", KeyStatus::hvm_only},
    Key{"pci", KeyStatus::unsupported},
    Key{"pci_msitranslate", KeyStatus::ignored},
    Key{"pci_permissive", KeyStatus::ignored},
    Key{"pci_power_mgmt", KeyStatus::ignored},
    Key{"pci_seize", KeyStatus::ignored},
    Key{"pvcalls", KeyStatus::unsupported},
    Key{"pvshim", KeyStatus::unsupported},
    Key{"pvshim_cmdline", KeyStatus::ignored},
    Key{"pvshim_extra", KeyStatus::ignored},
    Key{"pvshim_path", KeyStatus::ignored},
    Key{"rdm", KeyStatus::hvm_only},
    Key{"rdm_mem_boundary", KeyStatus::hvm_only},
    Key{"sdl", KeyStatus::hvm_only},
    Key{"seclabel", KeyStatus::ignored},
    Key{"slice", KeyStatus::ignored},
    Key{"smbios_firmware", KeyStatus::hvm_only},
    Key{"soundhw", KeyStatus::hvm_only},
    Key{"spice", KeyStatus::hvm_only},
    Key{"spice_clipboard_sharing", KeyStatus::hvm_only},
    Key{"spice_image_compression", KeyStatus::hvm_only},
    Key{"spice_streaming_video", KeyStatus::hvm_only},
    Key{"spiceagent_mouse", KeyStatus::hvm_only},
    Key{"spicedisable_ticketing", KeyStatus::hvm_only},
    Key{"spicehost", KeyStatus::hvm_only},
    Key{"spicepasswd", KeyStatus::hvm_only},
    Key{"spiceport", KeyStatus::hvm_only},
    Key{"spicetls_port", KeyStatus::hvm_only},
    Key{"spiceusbredirection", KeyStatus::hvm_only},
    Key{"spicevdagent", KeyStatus::hvm_only},
    Key{"stdvga", KeyStatus::hvm_only},
    Key{"stubdomain_cmdline", KeyStatus::hvm_only},
    Key{"stubdomain_kernel", KeyStatus::hvm_only},
    Key{"stubdomain_memory", KeyStatus::hvm_only},
    Key{"stubdomain_ramdisk", KeyStatus::hvm_only},
    Key{"tee", KeyStatus::ignored},
    Key{"timer_mode", KeyStatus::hvm_only},
    Key{"usb", KeyStatus::hvm_only},
    Key{"usbctrl", KeyStatus::unsupported},
    Key{"usbdev", KeyStatus::unsupported},
    Key{"usbdevice", KeyStatus::hvm_only},
    Key{"usbversion", KeyStatus::hvm_only},
    Key{"vdispl", KeyStatus::unsupported},
    Key{"vendor_device", KeyStatus::hvm_only},
    Key{"vfb", KeyStatus::unsupported},
    Key{"vga", KeyStatus::hvm_only},
    Key{"vif2", KeyStatus::unsupported},
    Key{"viridian", KeyStatus::hvm_only},
    Key{"vkb", KeyStatus::unsupported},
    Key{"vkb_device", KeyStatus::hvm_only},
    Key{"vmtrace_buf_kb", KeyStatus::unsupported},
    Key{"vnc", KeyStatus::hvm_only},
    Key{"vncdisplay", KeyStatus::hvm_only},
    Key{"vnclisten", KeyStatus::hvm_only},
    Key{"vncpasswd", KeyStatus::hvm_only},
    Key{"vncunused", KeyStatus::hvm_only},
    Key{"vncviewer", KeyStatus::hvm_only},
    Key{"vnuma", KeyStatus::unsupported},
    Key{"vpmu", KeyStatus::ignored},
    Key{"vpt_align", KeyStatus::hvm_only},
    Key{"vscsi", KeyStatus::unsupported},
    Key{"vsnd", KeyStatus::unsupported},
    Key{"vtpm", KeyStatus::unsupported},
    Key{"xauthority", KeyStatus::hvm_only},
    Key{"xen_platform_pci", KeyStatus::hvm_only},
    Key{"xend_suspend_evtchn_compat", KeyStatus::ignored},
};
static_assert(std::ranges::is_sorted(keys, {}, &Key::name));

}  // namespace

KeyStatus key_status(std::string_view key) {
  auto found = std::ranges::lower_bound(keys, key, {}, &Key::name);
  return found != keys.end() && found->name == key ? found->status : KeyStatus::unknown;
}

}  // namespace xenolith::tools
