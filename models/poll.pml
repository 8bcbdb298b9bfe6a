/* SPDX-License-Identifier: MIT
 * Polling (core/events/poll.cpp) against sending (EventTable::deliver and wake_pollers): a vCPU stops, says so by counting up
 * `polls`, and looks at its port; a sender makes the port pending, and looks for pollers only if `polls` differs from
 * `quiet`, which somebody who saw nobody wait has set.
 *
 * Checked in every interleaving: a vCPU whose port is pending does not stay stopped. MUTATION leaves out one step; then that must
 * be violated. */
#ifndef MUTATION
#define MUTATION 0
#endif
#define VCPUS 2
#define SENDERS 2
#define ROUNDS 2

bool pending[VCPUS];  /* vCPU v polls port v */
bool stopped[VCPUS];
byte polls, quiet;

/* EventTable::wake_pollers. Somebody who waits for another port keeps `quiet` as it is. */
inline wake_pollers(port) {
  seen = polls;
  waits = false;
  v = 0;
  do
  :: v == VCPUS -> break
  :: else ->
     if
     :: stopped[v] ->
        if
        :: v == port -> stopped[v] = false
        :: else -> waits = true
        fi
     :: else
     fi;
     v++
  od;
  if
#if MUTATION == 2
  :: quiet = polls /* not what was seen before looking */
#else
  :: !waits -> quiet = seen
#endif
  :: waits
  fi
}

proctype sender(byte port; byte rounds) {
  byte seen, v;
  bool waits, was;
  do
  :: rounds == 0 -> break
  :: else ->
     rounds--;
     d_step { was = pending[port]; pending[port] = true }
     if
     :: !was ->
        if
        :: polls != quiet -> wake_pollers(port)
        :: else
        fi
     :: else
     fi
  od
}

/* begin_poll, and the guest that takes the event afterwards. */
proctype poller(byte me; byte rounds) {
  do
  :: rounds == 0 -> break
  :: else -> rounds--;
     stopped[me] = true;
#if MUTATION == 1
     if
     :: pending[me] -> stopped[me] = false
     :: else
     fi;
     polls++;
#else
     polls++;
     if
     :: pending[me] -> stopped[me] = false
     :: else
     fi;
#endif
endwait: !stopped[me] -> pending[me] = false
  od
}

init {
  byte i;
  atomic {
    i = 0;
    do
    :: i == VCPUS -> break
    :: else -> run poller(i, ROUNDS); run sender(i, ROUNDS); i++
    od
  }
  timeout ->
  i = 0;
  do
  :: i == VCPUS -> break
  :: else -> assert(!(stopped[i] && pending[i])); i++
  od
}
