/* SPDX-License-Identifier: MIT
 * ChannelUse (core/events/channel_use.hpp): senders that never wait, and one who closes the channel and binds it anew (under the
 * channel's lock, so there is one). State and count are one word in the code; here one d_step touches both.
 *
 * Checked in every interleaving: a sender that is inside finds the binding that it saw; when the change has passed its wait, nobody
 * is inside; the wait ends. MUTATION leaves out one step; then one of these must be violated. */
#ifndef MUTATION
#define MUTATION 0
#endif
#define SENDERS 3
#define SENDS 2
#define CHANGES 2

#define CHANGING 0
#define USABLE 1

byte state = USABLE;
byte count = 0;
byte binding = 1;  /* changes only while nobody is inside; 0: none */
byte inside = 0;

proctype sender() {
  byte seen, n, bound;
  do
  :: n == SENDS -> break
  :: else ->
     n++;
     seen = state;
     if
     :: seen == USABLE ->
#if MUTATION != 1
        d_step { seen = state; count++ };
#else
        count++; /* does not look again */
#endif
        if
        :: seen == USABLE ->
           inside++;
           bound = binding;
           assert(bound != 0);
           assert(bound == binding);
           inside--;
        :: else
        fi;
        count--
     :: else
     fi
  od
}

proctype changer() {
  byte n;
  do
  :: n == CHANGES -> break
  :: else ->
     n++;
     state = CHANGING;
#if MUTATION != 2
     count == 0 ->
#endif
     assert(inside == 0);
     binding = 0;
     binding = 1 + (n & 1);
     assert(inside == 0);
     state = USABLE
  od
}

init {
  byte i;
  atomic {
    run changer();
    do
    :: i == SENDERS -> break
    :: else -> run sender(); i++
    od
  }
}
