/* SPDX-License-Identifier: MIT
 * Version 2 of grant tables: the use bit lies in another word than what is granted (SharedEntry::begin_v2 in
 * core/grants/shared_entry.cpp). The user sets the bit, then looks at the grant again; the granter takes the grant away, then looks
 * at the bit (<xen/grant_table.h>, "struct grant_entry_header"). Uses are serialised by the entry's lock, so there is one user.
 *
 * Checked in every interleaving: when the granter's "end access" has succeeded, nobody uses the page, until it is granted again.
 * MUTATION leaves out one step; then that must be violated. */
#ifndef MUTATION
#define MUTATION 0
#endif
#define USES 3
#define GRANTS 3
#define ATTEMPTS 2

bool granted = true;
bool reading = false;
bool mapped = false;  /* in the physical map or the TLB */
bool ended = false;   /* the granter believes that nobody has access */

proctype user() {
  byte n, attempt;
  bool allowed;
  do
  :: n == USES -> break
  :: else ->
     n++;
     attempt = 0;
     allowed = false;
     do
     :: attempt == ATTEMPTS || !granted -> break
     :: else ->
        attempt++;
        reading = true;
#if MUTATION != 1
        if
        :: granted -> allowed = true; break
        :: else -> reading = false
        fi
#else
        allowed = true;
        break
#endif
     od;
     if
     :: allowed ->
        mapped = true;
        assert(!ended);
#if MUTATION != 2
        mapped = false; /* out of the map, then flushed, */
        reading = false /* and only then the bit */
#else
        reading = false;
        mapped = false
#endif
     :: else
     fi
  od
}

proctype granter() {
  byte n;
  do
  :: n == GRANTS -> break
  :: else ->
     n++;
     granted = false;
     if
     :: !reading ->
        ended = true;
        assert(!mapped);
        ended = false;
     :: reading /* still in use: the page is not free yet */
     fi;
     granted = true
  od
}

init {
  atomic { run user(); run granter() }
}
