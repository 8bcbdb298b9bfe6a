// SPDX-License-Identifier: MIT
// Interrupts and events of a local APIC; its registers are in local_apic_registers.cpp and local_apic_msr.cpp.
#include "arch/x86/vapic/local_apic.hpp"

#include <algorithm>
#include <utility>

#include "arch/x86/vapic/local_vector.hpp"
#include "core/base/log.hpp"

namespace xenolith::vapic {

LocalApic::LocalApic(const Configuration& configuration, LocalApicPort& port, ApicBus& bus)
    : configuration_{configuration}, port_{port}, bus_{bus}, timer_{port}, page_{configuration.registers} {
  reset();
}

// The order is: trigger mode, request, group bit, wake. The group bit comes after the request, so that settle(), which clears
// it before looking at the requests again, cannot hide the request. Who finds the request there already may leave: the one
// that made it goes on to the group bit and wake().
bool LocalApic::accept(Vector vector, Trigger trigger) {
  if (!address().is_software_enabled()) return false;
  if (vector < first_interrupt_vector) {
    raise_error(error_receive_vector);
    return false;
  }
  if (!requests_.post(vector, trigger)) return true;
  events_.raise_group(RegisterPage::group_of(vector));
  port_.wake();
  return true;
}

bool LocalApic::accept_nmi() {
  if (!events_.request_nmi()) return false;
  port_.wake();
  return true;
}

bool LocalApic::deliver(const InterruptMessage& message) {
  switch (message.mode) {
    case DeliveryMode::fixed:
    case DeliveryMode::lowest_priority: return accept(message.vector, message.trigger);
    case DeliveryMode::nmi: return accept_nmi();
    case DeliveryMode::init:
      if (!events_.request_init()) return false;
      port_.wake();
      return true;
    case DeliveryMode::startup: {
      auto outcome = events_.request_startup(message.vector.raw());
      if (outcome == ApicEvents::Startup::starts) port_.release();
      return outcome != ApicEvents::Startup::ignored;
    }
    case DeliveryMode::smi:
    case DeliveryMode::external:
    case DeliveryMode::reserved: return false;
  }
  return false;
}

void LocalApic::timer_fired() {
  events_.raise(ApicEvents::timer);
  port_.wake();
}

void LocalApic::raise_error(u32 bit) {
  errors_.fetch_or(bit, std::memory_order_relaxed);  // published by the event
  events_.raise(ApicEvents::error);
  port_.wake();
}

void LocalApic::service() {
  if (events_.has(ApicEvents::init)) service_init();
  if (auto page = events_.take_startup()) port_.start(*page);
  if (events_.take(ApicEvents::timer)) service_timer();
  if (events_.take(ApicEvents::error)) service_errors();
}

// The vCPU is marked as down before others may see it waiting; so a release() that follows finds it down.
void LocalApic::service_init() {
  reset_registers();
  port_.init();
  if (events_.finish_init()) port_.release();
}

void LocalApic::service_timer() {
  if (timer_.take_expiration()) deliver_local(ApicRegister::lvt_timer);
}

void LocalApic::service_errors() {
  if (errors_.load(std::memory_order_relaxed) != 0) deliver_local(ApicRegister::lvt_error);
}

void LocalApic::deliver_local(ApicRegister number) {
  LocalVector entry{page_.get(number)};
  if (entry.is_masked() || !address().is_software_enabled()) return;
  switch (number == ApicRegister::lvt_timer || number == ApicRegister::lvt_error ? DeliveryMode::fixed : entry.mode()) {
    case DeliveryMode::nmi: accept_nmi(); return;
    case DeliveryMode::fixed:
      // An error entry with an illegal vector would raise errors for ever.
      if (number == ApicRegister::lvt_error && entry.vector() < first_interrupt_vector) return;
      accept(entry.vector());
      return;
    default: return;
  }
}

void LocalApic::raise_performance_interrupt() {
  deliver_local(ApicRegister::lvt_performance);
  page_.set(ApicRegister::lvt_performance, page_.get(ApicRegister::lvt_performance) | LocalVector::mask_bit);
}

bool LocalApic::accepts_external_interrupts() const {
  if (mode_ == ApicMode::disabled) return true;
  LocalVector entry{page_.get(ApicRegister::lvt_lint0)};
  return is_software_enabled() && !entry.is_masked() && entry.mode() == DeliveryMode::external;
}

std::optional<Vector> LocalApic::highest_pending() {
  if (!address().is_software_enabled()) return std::nullopt;
  for (u32 groups = events_.groups(); groups != 0;) {
    unsigned group = 31 - static_cast<unsigned>(std::countl_zero(groups));
    if (u32 bits = collect(group)) {
      Vector vector = RegisterPage::highest_in(group, bits);
      return vector.raw() >> 4 > priority_class() ? std::optional{vector} : std::nullopt;
    }
    settle(group);
    groups &= ~(1u << group);
  }
  return std::nullopt;
}

// What senders have asked for moves into the page. Returns the group's request register.
u32 LocalApic::collect(unsigned group) {
  ApicRegister number = ApicRegister::request + group;
  if (!requests_.has(group)) return page_.get(number);
  auto [requested, level] = requests_.take(group);
  u32 triggers = page_.get(ApicRegister::trigger_mode + group), now = (triggers & ~requested) | (level & requested);
  if (now != triggers) {
    page_.set(ApicRegister::trigger_mode + group, now);
    triggers_changed_ = true;
  }
  page_.set(number, page_.get(number) | requested);
  return page_.get(number);
}

void LocalApic::collect_all() {
  for (unsigned i = 0; i < vector_groups; ++i) static_cast<void>(collect(i));
}

// Makes the group's event bit agree with its requests, of which there were none; accept() tells the order.
void LocalApic::settle(unsigned group) {
  events_.clear_group(group);
  if (requests_.has(group) || page_.get(ApicRegister::request + group) != 0) events_.raise_group(group);
}

void LocalApic::acknowledge(Vector vector) {
  ASSERT(page_.test(ApicRegister::request, vector));
  page_.put(ApicRegister::request, vector, false);
  unsigned group = RegisterPage::group_of(vector);
  if (page_.get(ApicRegister::request + group) == 0) settle(group);
  page_.put(ApicRegister::in_service, vector, true);
  if (vector > in_service_) in_service_ = vector;
  update_priority();
}

// Source: Intel SDM volume 3, "Signaling Interrupt Servicing Completion".
void LocalApic::end_of_interrupt() {
  Vector vector = in_service_;
  if (vector < first_interrupt_vector) return;
  page_.put(ApicRegister::in_service, vector, false);
  in_service_ = page_.highest(ApicRegister::in_service).value_or(Vector{0});
  update_priority();
  broadcast_end(vector);
}

void LocalApic::broadcast_end(Vector vector) {
  bool suppressed = (page_.get(ApicRegister::spurious) & spurious_suppress_broadcast) != 0;
  if (page_.test(ApicRegister::trigger_mode, vector) && !suppressed) port_.end_of_interrupt(vector);
}

// Requests of an APIC that software has switched off stay in the page and are not told.
LocalApic::Handover LocalApic::hand_over() {
  Vector highest{0};
  for (u32 groups = events_.groups(); groups != 0;) {
    unsigned group = 31 - static_cast<unsigned>(std::countl_zero(groups));
    groups &= ~(1u << group);
    if (u32 bits = collect(group)) highest = std::max(highest, RegisterPage::highest_in(group, bits));
    else settle(group);
  }
  return {is_software_enabled() ? highest.raw() : u8{0}, in_service_.raw(), std::exchange(triggers_changed_, false)};
}

// The processor has moved requests in service and ended them, and made requests where the vCPU interrupted itself; the event word
// knows nothing of these.
void LocalApic::take_back(u8 requested, u8 in_service) {
  in_service_ = Vector{in_service};
  processor_priority_.store(static_cast<u8>(page_.get(ApicRegister::processor_priority)), std::memory_order_relaxed);
  if (requested == 0) return;
  for (u32 missing = ~events_.groups() & ((1u << vector_groups) - 1); missing != 0; missing &= missing - 1) {
    auto group = static_cast<unsigned>(std::countr_zero(missing));
    if (page_.get(ApicRegister::request + group) != 0) events_.raise_group(group);
  }
}

void LocalApic::set_cr8(u8 priority_class) {
  page_.set(ApicRegister::task_priority, (priority_class & 0xfu) << 4);
  update_priority();
}

// Source: Intel SDM volume 3, "Task and Processor Priorities".
void LocalApic::update_priority() {
  u8 task = static_cast<u8>(page_.get(ApicRegister::task_priority));
  u8 service = in_service_.raw() & 0xf0;
  u8 priority = (task & 0xf0) >= service ? task : service;
  processor_priority_.store(priority, std::memory_order_relaxed);  // a hint to others
  page_.set(ApicRegister::processor_priority, priority);
}

void LocalApic::publish() {
  u8 logical = static_cast<u8>(page_.get(ApicRegister::logical_destination) >> 24);
  u8 model = static_cast<u8>(page_.get(ApicRegister::destination_format) >> 28);
  auto address = ApicAddress::make(configuration_.id, mode_, is_software_enabled(), logical, model);
  address_.store(address.word(), std::memory_order_release);  // pairs with the acquire in address()
}

void LocalApic::discard_requests() {
  for (unsigned i = 0; i < vector_groups; ++i) {
    static_cast<void>(requests_.take(i));
    page_.set(ApicRegister::request + i, 0);
    settle(i);
  }
}

void LocalApic::dump() const {
  auto number = [](std::optional<Vector> vector) { return vector ? vector->raw() : 0; };
  log_error("APIC: mode {} software {} request {:#x} in service {:#x} task priority {:#x} processor priority {:#x} groups {:#x}",
            mode_, address().is_software_enabled(), number(page_.highest(ApicRegister::request)),
            number(page_.highest(ApicRegister::in_service)), page_.get(ApicRegister::task_priority),
            page_.get(ApicRegister::processor_priority), events_.groups());
}

}  // namespace xenolith::vapic
