// SPDX-License-Identifier: MIT
#include "core/grants/shared_entry.hpp"

#include <utility>

namespace xenolith {
namespace {

// An honest granter changes an entry at most once while somebody starts to use it.
constexpr unsigned attempts = 5;

template <class T>
T read_once(const T& field) {
  return __atomic_load_n(&field, __ATOMIC_RELAXED);  // ordered after begin_use(), which is a full barrier
}

template <class T>
void swap_words(T& a, T& b) {
  T from_b = __atomic_load_n(&b, __ATOMIC_RELAXED);
  __atomic_store_n(&b, __atomic_exchange_n(&a, from_b, __ATOMIC_ACQ_REL), __ATOMIC_RELEASE);
}

}  // namespace

bool SharedEntry::allows(GrantHeader header, const GrantUse& use) const {
  constexpr u16 cache_flags = GTF_PWT | GTF_PCD | GTF_PAT;  // no such mappings in a translated domain
  if (header.domain() != use.accessor) return false;
  if (use.write && (header.flags() & GTF_readonly)) return false;
  if (use.map && (header.flags() & (GTF_sub_page | cache_flags))) return false;
  if (header.type() == GTF_permit_access) return true;
  return v2_ && use.transitive && header.type() == GTF_transitive;
}

GrantResult<GrantHeader> SharedEntry::begin_use(const GrantUse& use, bool had_reading, bool had_writing) {
  u16 bits = static_cast<u16>(GTF_reading | (use.write ? GTF_writing : 0u));
  u16 had = static_cast<u16>((had_reading ? GTF_reading : 0u) | (had_writing ? GTF_writing : 0u));
  return v1_ ? begin_v1(use, bits) : begin_v2(use, bits, static_cast<u16>(bits & ~had));
}

// Version 1: flags, domain and use bits are one word, so that one compare-and-swap checks and tells.
GrantResult<GrantHeader> SharedEntry::begin_v1(const GrantUse& use, u16 bits) {
  u32 seen = __atomic_load_n(header_, __ATOMIC_RELAXED);
  for (unsigned n = 0; n < attempts; ++n) {
    GrantHeader header{seen};
    if (!allows(header, use)) return GrantFailure{GrantStatus::general_error};
    // pairs with the compare-and-swap by which the granter ends access
    if (__atomic_compare_exchange_n(header_, &seen, header.with(bits).word(), false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
      return header;
  }
  return GrantFailure{GrantStatus::general_error};
}

// Version 2: the use bits lie elsewhere. The granter clears flags, then looks at the bits; here the bits are set, then the
// flags looked at again; each has a full barrier between, so that at least one of the two sees the other.
GrantResult<GrantHeader> SharedEntry::begin_v2(const GrantUse& use, u16 bits, u16 added) {
  for (unsigned n = 0; n < attempts; ++n) {
    GrantHeader before = header();
    if (!allows(before, use)) return GrantFailure{GrantStatus::general_error};
    __atomic_fetch_or(use_, bits, __ATOMIC_SEQ_CST);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (header() == before) return before;
    end_use(added);
  }
  return GrantFailure{GrantStatus::general_error};
}

void SharedEntry::end_use(u16 bits) {
  // pairs with the granter's acquire: whoever sees the bits gone sees all that was written through the grant
  if (bits) __atomic_fetch_and(use_, static_cast<u16>(~bits), __ATOMIC_SEQ_CST);
}

GrantBody SharedEntry::body(GrantHeader header) const {
  GrantBody body;
  if (v1_) {
    body.frame = Gfn{read_once(v1_->frame)};
  } else if (header.type() == GTF_transitive) {
    body.via_domain = DomainId{read_once(v2_->transitive.trans_domid)};
    body.via_ref = GrantRef{read_once(v2_->transitive.gref)};
  } else {
    body.frame = Gfn{read_once(v2_->full_page.frame)};
    if (header.flags() & GTF_sub_page) {
      body.offset = read_once(v2_->sub_page.page_off);
      body.length = read_once(v2_->sub_page.length);
    }
  }
  return body;
}

void SharedEntry::swap(SharedEntry& other) {
  if (v1_) {
    swap_words(*reinterpret_cast<u64*>(v1_), *reinterpret_cast<u64*>(other.v1_));
    return;
  }
  for (unsigned i = 0; i < 2; ++i) swap_words(reinterpret_cast<u64*>(v2_)[i], reinterpret_cast<u64*>(other.v2_)[i]);
  swap_words(*use_, *other.use_);
}

}  // namespace xenolith
