// SPDX-License-Identifier: MIT
// RegisterPage: the registers of a local APIC, laid out as in its memory-mapped page.
#pragma once

#include <atomic>
#include <bit>
#include <optional>
#include <span>

#include "core/base/types.hpp"
#include "core/base/units.hpp"

namespace xenolith::vapic {

// Register numbers: the MMIO offset divided by 16, or the MSR less 0x800.
// Source: Intel SDM volume 3, "Local APIC Register Address Map".
enum class ApicRegister : u8 {
  id = 0x02,
  version = 0x03,
  task_priority = 0x08,
  arbitration_priority = 0x09,
  processor_priority = 0x0a,
  end_of_interrupt = 0x0b,
  remote_read = 0x0c,
  logical_destination = 0x0d,
  destination_format = 0x0e,
  spurious = 0x0f,
  in_service = 0x10,    // 8 registers of 32 vectors
  trigger_mode = 0x18,  // 8
  request = 0x20,       // 8
  error_status = 0x28,
  command_low = 0x30,
  command_high = 0x31,
  lvt_timer = 0x32,
  lvt_thermal = 0x33,
  lvt_performance = 0x34,
  lvt_lint0 = 0x35,
  lvt_lint1 = 0x36,
  lvt_error = 0x37,
  timer_initial = 0x38,
  timer_current = 0x39,
  timer_divide = 0x3e,
  self_ipi = 0x3f,
};
inline constexpr unsigned apic_register_count = 0x40;
inline constexpr unsigned vector_groups = 8;  // registers of 32 vectors each

constexpr ApicRegister operator+(ApicRegister base, unsigned n) {
  return static_cast<ApicRegister>(static_cast<unsigned>(base) + n);
}

// Written by the vCPU's own CPU only. All accesses are atomic, because others may look (debug keys); that costs nothing.
class RegisterPage {
 public:
  static constexpr unsigned bytes = 1024;
  // Zeros, in memory of its own or, where the processor works on it, in the page that it was given.
  explicit RegisterPage(u32* page = nullptr) : words_{page ? page : own_} {}
  RegisterPage(const RegisterPage&) = delete;
  RegisterPage& operator=(const RegisterPage&) = delete;

  u32 get(ApicRegister number) const { return word(number).load(std::memory_order_relaxed); }
  void set(ApicRegister number, u32 value) { word(number).store(value, std::memory_order_relaxed); }

  // ---- one vector in a bitmap of eight registers starting at `bitmap`
  bool test(ApicRegister bitmap, Vector vector) const { return (get(at(bitmap, vector)) & mask(vector)) != 0; }
  void put(ApicRegister bitmap, Vector vector, bool value) {
    ApicRegister number = at(bitmap, vector);
    set(number, value ? get(number) | mask(vector) : get(number) & ~mask(vector));
  }
  std::optional<Vector> highest(ApicRegister bitmap) const {
    for (unsigned i = vector_groups; i-- > 0;)
      if (u32 bits = get(bitmap + i)) return highest_in(i, bits);
    return std::nullopt;
  }
  // The highest vector among the non-empty `bits` of group `index`.
  static constexpr Vector highest_in(unsigned index, u32 bits) {
    return Vector{static_cast<u8>(index * 32 + 31 - static_cast<unsigned>(std::countl_zero(bits)))};
  }
  static constexpr unsigned group_of(Vector vector) { return vector.raw() / 32; }

 private:
  static ApicRegister at(ApicRegister bitmap, Vector vector) { return bitmap + group_of(vector); }
  static constexpr u32 mask(Vector vector) { return 1u << (vector.raw() % 32); }
  std::atomic_ref<u32> word(ApicRegister number) const {
    return std::atomic_ref<u32>{words_[static_cast<unsigned>(number) % apic_register_count * 4]};
  }

  u32* const words_;
  alignas(64) u32 own_[bytes / sizeof(u32)] = {};
};

}  // namespace xenolith::vapic
