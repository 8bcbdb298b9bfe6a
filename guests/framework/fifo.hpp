// SPDX-License-Identifier: MIT
// The guest's side of FIFO event channels (xen/event_channel.h, "FIFO ABI") for all ports and two vCPUs, without interrupts: the
// queues are looked at when the test wants to.
#pragma once

#include "guests/framework/test.hpp"

namespace xenolith::guest::fifo {

inline constexpr u32 words_per_page = page_size / sizeof(event_word_t);
inline constexpr u32 most_ports = EVTCHN_FIFO_NR_CHANNELS;
inline constexpr u32 vcpus = 2;

// Gives the control blocks of `count` vCPUs, and forgets the queues; 0 or the failing call's answer.
long initialise(u32 count);
// Gives one more page of event words, all masked or all not.
long expand(bool masked = false);
// Pages given since initialise().
u32 pages();

event_word_t& word(u32 port);
inline bool has(u32 port, unsigned flag) { return std::atomic_ref{word(port)}.load() >> flag & 1; }
inline void set(u32 port, unsigned flag) { std::atomic_ref{word(port)}.fetch_or(1u << flag); }
inline void clear(u32 port, unsigned flag) { std::atomic_ref{word(port)}.fetch_and(~(1u << flag)); }

evtchn_fifo_control_block& control(u32 vcpu);

struct Event {
  u32 port;  // 0: none is queued
  u32 priority;
};
// Takes the first event of the highest priority from the vCPU's queues, and clears its pending bit. Events that are masked or not
// pending any more are taken and passed over. By one vCPU at a time for each `vcpu`.
Event take(u32 vcpu);

}  // namespace xenolith::guest::fifo
