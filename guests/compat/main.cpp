// SPDX-License-Identifier: MIT
#include "guests/compat/guest.hpp"

namespace xenolith::guest32 {
namespace {

constexpr u16 debug_port = 0xe9;

extern "C" u8 hypercall_page[page_bytes];
constinit Page shared_place{};
constinit vcpu_info* own_place = nullptr;

struct CpuidLeaf {
  u32 eax, ebx, ecx, edx;
};
CpuidLeaf cpuid(u32 leaf) {
  CpuidLeaf answer;
  asm volatile("cpuid" : "=a"(answer.eax), "=b"(answer.ebx), "=c"(answer.ecx), "=d"(answer.edx) : "a"(leaf), "c"(0));
  return answer;
}

u32 xen_leaves() {
  for (u32 leaf = XEN_CPUID_FIRST_LEAF; leaf < XEN_CPUID_FIRST_LEAF + 0x10000; leaf += 0x100) {
    CpuidLeaf answer = cpuid(leaf);
    if (answer.ebx == XEN_CPUID_SIGNATURE_EBX && answer.ecx == XEN_CPUID_SIGNATURE_ECX) return leaf;
  }
  return 0;
}

// Also tells the hypervisor that this kernel has 32 bits.
void install_hypercall_page() {
  u64 value = address_of(hypercall_page);
  asm volatile("wrmsr" ::"c"(cpuid(xen_leaves() + 2).ebx), "a"(static_cast<u32>(value)), "d"(static_cast<u32>(value >> 32)) : "memory");
}

void map_shared_info() {
  xen_add_to_physmap request{.domid = DOMID_SELF, .size = 0, .space = XENMAPSPACE_shared_info, .idx = 0, .gpfn = frame_of(&shared_place)};
  if (memory_op(XENMEM_add_to_physmap, &request)) write_line("Error: shared_info cannot be mapped");
  own_place = &shared().vcpu_info[0];
}

u32 length_of(const char* text) {
  u32 length = 0;
  while (text[length]) ++length;
  return length;
}

class Line {
 public:
  Line& add(const char* text) {
    while (*text && length_ < sizeof(text_) - 1) text_[length_++] = *text++;
    return *this;
  }
  Line& add_number(u32 number) {
    char digits[] = "0x00000000";
    for (u32 i = 0; i < 8; ++i) digits[9 - i] = "0123456789abcdef"[number >> 4 * i & 15];
    return add(digits);
  }
  const char* text() {
    text_[length_] = 0;
    return text_;
  }

 private:
  char text_[200];
  u32 length_ = 0;
};

[[noreturn]] void power_off() {
  sched_shutdown request{.reason = SHUTDOWN_poweroff};
  sched_op(SCHEDOP_shutdown, &request);
  for (;;) asm volatile("cli; hlt");
}

}  // namespace

int hypercall(u32 number, u32 first, u32 second, u32 third) {
  int answer;
  u32 b = first, c = second, d = third;
  asm volatile("call *%[stub]"
               : "=a"(answer), "+b"(b), "+c"(c), "+d"(d)
               : [stub] "0"(hypercall_page + 32 * number), "S"(0), "D"(0)
               : "memory", "cc");
  return answer;
}

// A hypervisor may keep its console to privileged domains; then there is the debug port.
void write_line(const char* text) {
  Line line;
  const char* all = line.add(text).add("\n").text();
  if (hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, length_of(all), address_of(all)) >= 0) return;
  for (; *all; ++all) asm volatile("outb %0, %1" ::"a"(*all), "Nd"(debug_port));
}

bool Check::expect(bool met, const char* what, u32 got) {
  if (!met && !failure_) {
    failure_ = what;
    got_ = got;
  }
  return met;
}

Check::~Check() {
  Line line;
  if (failure_) line.add("Failure: ").add(name_).add(": ").add(failure_).add(": ").add_number(got_);
  else line.add("Success: ").add(name_);
  write_line(line.text());
}

shared_info& shared() { return *shared_place.as<shared_info>(); }
vcpu_info& own_info() { return *own_place; }
void set_own_info(vcpu_info* place) { own_place = place; }

u64 system_time() {
  xen_hvm_get_time request{};
  hvm_op(HVMOP_get_time, &request);
  return request.now;
}

u32 bind_ipi() {
  evtchn_bind_ipi request{.vcpu = 0, .port = 0};
  return event_op(EVTCHNOP_bind_ipi, &request) ? 0 : request.port;
}

extern "C" [[noreturn]] void compat_main() {
  install_hypercall_page();
  map_shared_info();
  check_calls();
  check_memory();
  check_grants();
  check_vcpu();
  check_two_level();
  check_fifo();
  power_off();
}

// What the compiler calls by itself.
extern "C" void* memset(void* to, int value, size_t size) {
  for (size_t i = 0; i < size; ++i) static_cast<volatile u8*>(to)[i] = static_cast<u8>(value);
  return to;
}
extern "C" void* memcpy(void* to, const void* from, size_t size) {
  for (size_t i = 0; i < size; ++i) static_cast<volatile u8*>(to)[i] = static_cast<const u8*>(from)[i];
  return to;
}

}  // namespace xenolith::guest32
