// SPDX-License-Identifier: MIT
#include "arch/x86/vmx/entry_checks.hpp"

#include <gtest/gtest.h>

#include <string>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/guest_policy.hpp"
#include "arch/x86/vmx/controls.hpp"

namespace xenolith::vmx {
namespace {

constexpr u64 all_allowed = 0xffffffff00000000;
constexpr Capabilities processor{.cr0_fixed0 = 0x80000021, .cr0_fixed1 = 0xffffffff, .cr4_fixed0 = 0x2000, .cr4_fixed1 = 0x7727ff,
                                 .registers = {.pin = all_allowed | 0x16, .primary = all_allowed | 0x172, .secondary = 0x20003ff00000000,
                                               .exit = all_allowed | 0xdfb, .entry = all_allowed | 0x1fb}};
constexpr unsigned bits = 39;

ControlSnapshot right_controls() {
  return {.pin = 0x16 | pin::interrupt_exiting | pin::nmi_exiting | pin::virtual_nmis,
          .primary = 0x172 | primary::secondary | primary::io_bitmaps | primary::msr_bitmaps,
          .secondary = secondary::ept | secondary::vpid | secondary::unrestricted_guest, .exit = 0xdfb, .entry = 0x1fb, .vpid = 1,
          .io_bitmap_a = 0x1000, .io_bitmap_b = 0x2000, .msr_bitmap = 0x3000, .ept_pointer = 0x405e, .entry_event = 0};
}
HostSnapshot right_host() {
  return {.cr0 = 0x80000033, .cr3 = 0x1000, .cr4 = 0x2020, .efer = 0xd00, .pat = hvm::default_pat, .rip = 0xffff808000000000,
          .cs = 8, .ss = 16, .tr = 24};
}
std::string text_of(const WrongFields& wrong) {
  std::string text;
  for (const char* name : wrong.list()) text += std::string{text.empty() ? "" : ", "} + name;
  return text;
}
template <class Change>
std::string wrong_controls(Change change) {
  ControlSnapshot controls = right_controls();
  change(controls);
  return text_of(check_controls(controls, processor, bits));
}
template <class Change>
std::string wrong_host(Change change) {
  HostSnapshot host = right_host();
  change(host);
  return text_of(check_host(host, processor, bits));
}

TEST(VmxEntryChecks, what_is_right) {
  EXPECT_EQ(wrong_controls([](auto&) {}), "");
  EXPECT_EQ(wrong_host([](auto&) {}), "");
}

TEST(VmxEntryChecks, controls_that_the_processor_does_not_allow) {
  EXPECT_EQ(wrong_controls([](auto& c) { c.pin &= ~2u; }), "pin-based controls");
  EXPECT_EQ(wrong_controls([](auto& c) { c.primary &= ~2u; }), "primary controls");
  EXPECT_EQ(wrong_controls([](auto& c) { c.secondary |= 1u << 26; }), "secondary controls");
  EXPECT_EQ(wrong_controls([](auto& c) { c.exit = 0; }), "exit controls");
  EXPECT_EQ(wrong_controls([](auto& c) { c.entry = 0; }), "entry controls");
}

TEST(VmxEntryChecks, controls_that_need_others) {
  EXPECT_EQ(wrong_controls([](auto& c) { c.pin &= ~pin::nmi_exiting; }), "virtual NMIs without NMI exiting");
  EXPECT_EQ(wrong_controls([](auto& c) { c.secondary &= ~secondary::ept; }), "unrestricted guest without EPT");
  EXPECT_EQ(wrong_controls([](auto& c) {
              c.pin &= ~pin::virtual_nmis;
              c.primary |= primary::nmi_window;
            }), "NMI-window exiting without virtual NMIs");
  EXPECT_EQ(wrong_controls([](auto& c) { c.secondary |= secondary::apic_registers; }), "virtual APIC without TPR shadow");
  EXPECT_EQ(wrong_controls([](auto& c) {
              c.primary |= primary::tpr_shadow;
              c.secondary |= secondary::virtual_interrupts;
              c.pin &= ~pin::interrupt_exiting;
            }), "virtual interrupts without external-interrupt exiting");
}

TEST(VmxEntryChecks, places) {
  EXPECT_EQ(wrong_controls([](auto& c) { c.io_bitmap_b = 0x2001; }), "I/O bitmap");
  EXPECT_EQ(wrong_controls([](auto& c) { c.msr_bitmap = u64{1} << bits; }), "MSR bitmap");
  EXPECT_EQ(wrong_controls([](auto& c) { c.vpid = 0; }), "VPID");
  EXPECT_EQ(wrong_controls([](auto& c) { c.secondary |= secondary::tsc_scaling, c.tsc_multiplier = 0; }), "TSC multiplier");
  EXPECT_EQ(wrong_controls([](auto& c) { c.secondary |= secondary::tsc_scaling, c.tsc_multiplier = 1; }), "");
  EXPECT_EQ(wrong_controls([](auto& c) {
              c.primary |= primary::tpr_shadow;
              c.virtual_apic_page = 0x5010;
            }), "page of the virtual APIC");
  EXPECT_EQ(wrong_controls([](auto& c) { c.ept_pointer = 0x4056; }), "EPT pointer");
}

TEST(VmxEntryChecks, events) {
  EXPECT_EQ(wrong_controls([](auto& c) { c.entry_event = 0x80000030; }), "");
  EXPECT_EQ(wrong_controls([](auto& c) { c.entry_event = 0x80000203; }), "event to be injected");  // an NMI of vector 3
  EXPECT_EQ(wrong_controls([](auto& c) { c.entry_event = 0x80000320; }), "event to be injected");  // exception 32
  EXPECT_EQ(wrong_controls([](auto& c) { c.entry_event = 0x80000130; }), "event to be injected");  // a kind that is none
}

TEST(VmxEntryChecks, host) {
  EXPECT_EQ(wrong_host([](auto& h) { h.cr0 = 0x33; }), "host CR0");
  EXPECT_EQ(wrong_host([](auto& h) { h.cr4 = 0x20; }), "host CR4");
  EXPECT_EQ(wrong_host([](auto& h) { h.cr3 = ~u64{0}; }), "host CR3");
  EXPECT_EQ(wrong_host([](auto& h) { h.efer = 0; }), "host EFER");
  EXPECT_EQ(wrong_host([](auto& h) { h.pat = 2; }), "host PAT");
  EXPECT_EQ(wrong_host([](auto& h) { h.cs = 0; }), "host CS");
  EXPECT_EQ(wrong_host([](auto& h) { h.ss = 3; }), "host SS");
  EXPECT_EQ(wrong_host([](auto& h) { h.tr = 0; }), "host TR");
  EXPECT_EQ(wrong_host([](auto& h) { h.gs_base = u64{1} << 63; }), "host RIP or a base that is not canonical");
}

}  // namespace
}  // namespace xenolith::vmx
