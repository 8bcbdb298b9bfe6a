/* SPDX-License-Identifier: MIT
 * The FIFO ABI of event channels: what the hypervisor (core/events/event_send.cpp, event_queues.cpp, fifo_array.cpp) and an honest
 * guest do to event words, control blocks and tails, one atomic access per step. One priority; two vCPUs; the channels can move
 * between the vCPUs and be masked at any moment. Protocol: <xen/event_channel.h>, "FIFO ABI".
 *
 * Checked in every interleaving: an event is in one queue at most; each queue is taken in the order in which its events were
 * put into it; no event is handled more often than it was sent; when everybody rests, nothing sent is left over. MUTATION leaves
 * out one step; then one of these must be violated.
 * Sizes: see check.py. */
#ifndef MUTATION
#define MUTATION 0
#endif
#ifndef PORTS
#define PORTS 2
#endif
#ifndef SENDS
#define SENDS 1
#endif
#ifndef MOVES
#define MOVES 1
#endif
#ifndef MASKS
#define MASKS 1
#endif
#define VCPUS 2

#define LINK 3
#define PENDING 4
#define MASKED 8
#define LINKED 16
#define ALL 31

/* Shared by guest and hypervisor. Ports are numbered from 1; 0 is "none". */
byte word[PORTS + 1];
byte head[VCPUS];
bool ready[VCPUS];
bool upcall[VCPUS];

/* The hypervisor's own. */
byte tail[VCPUS];
byte notify[PORTS + 1];
byte last_place[PORTS + 1];
bool lock[VCPUS];

/* What only the claims look at. */
chan queue[VCPUS] = [PORTS] of { byte };
byte sent[PORTS + 1];
byte handled[PORTS + 1];

#define acquire(l) atomic { !lock[l] -> lock[l] = true }
#define release(l) lock[l] = false

/* word[p] |= what, telling whether it was set. */
inline test_and_set(p, what, was) {
  d_step { was = (word[p] & what) != 0; word[p] = word[p] | what }
}
inline test_and_clear(p, what, was) {
  d_step { was = (word[p] & what) != 0; word[p] = word[p] & (ALL - what) }
}
inline compare_and_swap(p, from, to, done) {
  d_step { done = (word[p] == from); if :: done -> word[p] = to :: else fi }
}

/* FifoArray::link_behind: nobody but the guest touches LINKED meanwhile, and it can only clear it. */
inline link_behind(behind, port, result) {
  result = false;
  if
  :: (word[behind] & LINKED) != 0 ->
     d_step {
       result = (word[behind] & LINKED) != 0;
       assert((word[behind] & LINK) == 0);
       word[behind] = word[behind] | port
     }
#if MUTATION != 5
     if
     :: !result -> word[behind] = word[behind] & (ALL - LINK)
     :: else
     fi
#endif
  :: else
  fi
}

/* EventQueues::append, under lock[v]. */
inline append(v, port, tell) {
  before = tail[v];
  tail[v] = port;
  atomic {
    assert(nfull(queue[0]) && nfull(queue[1]));
    queue[v]!port
  }
  linked = false;
  if
  :: before != 0 && before != port -> link_behind(before, port, linked)
  :: else
  fi;
  tell = false;
  if
  :: !linked ->
#if MUTATION != 4
     head[v] = port;
#endif
     d_step { tell = !ready[v]; ready[v] = true };
#if MUTATION == 4
     head[v] = port
#endif
  :: else
  fi
}

/* EventQueues::link */
inline link(port) {
  tries = 0;
  do
  :: target = notify[port];
     last = last_place[port];
     acquire(last);
#if MUTATION != 1
     if
     :: last_place[port] != last -> release(last); tries++; assert(tries < 8); goto again
     :: else
     fi;
#endif
     test_and_set(port, LINKED, flag);
     if
     :: flag -> release(last); break
     :: else
     fi;
#if MUTATION != 2
     if
     :: tail[last] == port -> tail[last] = 0
     :: else
     fi;
#endif
     last_place[port] = target;
     if
     :: target != last -> release(last); acquire(target)
     :: else
     fi;
     append(target, port, flag);
     release(target);
     if
     :: flag -> upcall[target] = true
     :: else
     fi;
     break;
again: skip
  od
}

/* EventTable::set_pending_fifo. was: the guest may count one event more. */
inline send(port) {
  d_step {
    if :: (word[port] & PENDING) == 0 -> sent[port]++ :: else fi;
    word[port] = word[port] | PENDING
  }
  seen = word[port];
  if
  :: (seen & (MASKED | LINKED)) == 0 -> link(port)
  :: else
  fi
}

proctype sender(byte port; byte count) {
  byte seen, before, target, last, tries;
  bool flag, linked;
  do
  :: count == 0 -> break
  :: else -> send(port); count--
  od
}

/* EVTCHNOP_bind_vcpu, at any moment. */
proctype mover(byte port; byte count) {
  do
  :: count == 0 -> break
  :: else -> notify[port] = 1 - notify[port]; count--
  od
}

/* A part of the guest that masks a channel and unmasks it again: by itself while the event is not pending, else by hypercall. */
proctype masker(byte port; byte count) {
  byte seen, before, target, last, tries;
  bool flag, linked;
  do
  :: count == 0 -> break
  :: else ->
     test_and_set(port, MASKED, flag);
     do
     :: seen = word[port];
        if
        :: (seen & PENDING) != 0 ->
           /* EventTable::unmask */
           test_and_clear(port, MASKED, flag);
#if MUTATION != 3
           if
           :: (word[port] & PENDING) != 0 -> seen = word[port];
              if
              :: (seen & (MASKED | LINKED)) == 0 -> link(port)
              :: else
              fi
           :: else
           fi;
#endif
           break
        :: else ->
           compare_and_swap(port, seen, (seen & (ALL - MASKED)), flag);
           if
           :: flag -> break
           :: else
           fi
        fi
     od;
     count--
  od
}

/* The guest's upcall handler of one vCPU; the queue of its own head is kept across upcalls. */
proctype consumer(byte v) {
  byte own, port, seen, taken;
  bool more, done;
end: do
  :: atomic { upcall[v] -> upcall[v] = false }
     d_step { more = ready[v]; ready[v] = false }
     do
     :: !more -> break
     :: else ->
        if
        :: own == 0 -> own = head[v]
        :: else
        fi;
        port = own;
        assert(port != 0);
        do
        :: seen = word[port];
           atomic {
             compare_and_swap(port, seen, (seen & (ALL - LINKED - LINK)), done);
             if
             :: done ->
                assert((seen & LINKED) != 0 && nempty(queue[v]));
                queue[v]?taken;
                assert(taken == port);
                break
             :: else
             fi
           }
        od;
        own = seen & LINK;
        if
        :: own == 0 -> more = false
        :: else
        fi;
        if
        :: (word[port] & MASKED) == 0 ->
           d_step {
             if
             :: (word[port] & PENDING) != 0 ->
                word[port] = word[port] & (ALL - PENDING);
                handled[port]++;
                assert(handled[port] <= sent[port])
             :: else
             fi
           }
        :: else
        fi;
        d_step { more = more || ready[v]; ready[v] = false }
     od
  od
}

init {
  byte p;
  atomic {
    run consumer(0);
    run consumer(1);
    p = 1;
    do
    :: p > PORTS -> break
    :: else -> run sender(p, SENDS); p++
    od;
    run sender(1, 1); /* a channel has several senders: the peer's vCPUs, unmasking */
#if MOVES
    run mover(1, MOVES);
#endif
#if MASKS
    run masker(1, MASKS)
#endif
  }
  /* When nobody can go on: nothing is left over. */
  timeout ->
  p = 1;
  do
  :: p > PORTS -> break
  :: else ->
     assert((word[p] & (PENDING | LINKED)) == 0);
     assert(handled[p] == sent[p]);
     p++
  od;
  assert(!ready[0] && !ready[1])
}
