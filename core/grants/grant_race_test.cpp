// SPDX-License-Identifier: MIT
// Domains that map, copy and revoke at the same time. What must hold: when a granter has ended access, nobody maps the frame.
#include <gtest/gtest.h>

#include <thread>

#include "core/grants/test_guests.hpp"

namespace xenolith {
namespace {

using test::Guest;
using test::LeakCheck;
constexpr u64 hole = 100;
constexpr int rounds = 4000;

// As a guest's kernel does it: true when the entry is not in use and is now empty.
bool end_access(grant_entry_v1_t& entry) {
  u16 flags = __atomic_load_n(&entry.flags, __ATOMIC_SEQ_CST);
  do {
    if (flags & (GTF_reading | GTF_writing)) return false;
  } while (!__atomic_compare_exchange_n(&entry.flags, &flags, u16{0}, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
  return true;
}

void on_cpu(unsigned cpu, auto&& work) {
  arch::fake::current_cpu = CpuId{cpu};
  work();
}

TEST(GrantRaces, RevocationIsExact) {
  LeakCheck leaks;
  {
    Guest granter{1}, mapper{2}, copier{3};
    std::atomic<bool> stop{false};
    std::thread mapping([&] {
      on_cpu(1, [&] {
        while (!stop) {
          auto mapped = mapper.map(1, 8, hole);
          if (mapped.status != GNTST_okay) continue;
          EXPECT_EQ(mapper.unmap(mapped.handle, hole), GNTST_okay);
        }
      });
    });
    std::thread copying([&] {
      on_cpu(2, [&] {
        while (!stop) {
          gnttab_copy_t copy{};
          copy.source = {{9}, 1, 0};
          copy.dest.u.gmfn = 1;
          copy.dest.domid = DOMID_SELF;
          copy.len = 64;
          copy.flags = GNTCOPY_source_gref;
          copier.grant_op(GNTTABOP_copy, &copy);
        }
      });
    });
    on_cpu(0, [&] {
      Mfn frame = granter.domain->p2m().lookup(Gfn{3}).mfn;
      for (int i = 0; i < rounds; ++i) {
        granter.grant_v1(9, 3, 4);
        __atomic_store_n(reinterpret_cast<u64*>(&granter.v1()[8]), u64{3} << 32 | 2u << 16 | GTF_permit_access,
                         __ATOMIC_SEQ_CST);
        while (!end_access(granter.v1()[8])) std::this_thread::yield();
        EXPECT_EQ(frame_entry(frame)->count(), 1u);  // nobody but the granter's own page list
        P2mEntry there = mapper.domain->p2m().lookup(Gfn{hole});
        EXPECT_EQ(there.type, P2mType::none);
        while (!end_access(granter.v1()[9])) std::this_thread::yield();
      }
    });
    stop = true;
    mapping.join();
    copying.join();
    EXPECT_EQ(granter.v1()[8].flags, 0);
    EXPECT_EQ(mapper.table().maptrack().used(), 0u);
  }
  EXPECT_TRUE(leaks.is_clean());
}

TEST(GrantRaces, VersionsSwapsAndMappersAtOnce) {
  LeakCheck leaks;
  {
    Guest granter{1}, mapper{2}, other{3};
    std::atomic<bool> stop{false};
    auto mapping = [&](unsigned cpu, Guest& guest) {
      on_cpu(cpu, [&] {
        for (u32 ref = 0; !stop; ref = (ref + 1) % 8) {
          auto mapped = guest.map(1, ref, hole + ref);
          if (mapped.status != GNTST_okay) continue;
          EXPECT_EQ(guest.unmap(mapped.handle, hole + ref), GNTST_okay);
        }
      });
    };
    std::thread first([&] { mapping(1, mapper); }), second([&] { mapping(2, other); });
    on_cpu(0, [&] {
      for (int i = 0; i < rounds / 4; ++i) {
        for (u32 ref = 0; ref < 8; ++ref) {
          if (granter.table().version() == GrantVersion::v1) granter.grant_v1(ref, ref % 2 ? 2 : 3, ref);
          else granter.grant_v2(ref, ref % 2 ? 2 : 3, ref);
        }
        i64 changed = granter.set_version(1 + i % 2);
        EXPECT_TRUE(changed == 0 || changed == -XEN_EBUSY);
        gnttab_swap_grant_ref_t swap{u32(i) % 8, u32(i / 8) % 8, 0};
        granter.grant_op(GNTTABOP_swap_grant_ref, &swap);
      }
    });
    stop = true;
    first.join();
    second.join();
    EXPECT_EQ(granter.set_version(1), 0);  // nothing is in use
    EXPECT_EQ(granter.set_version(2), 0);
  }
  EXPECT_TRUE(leaks.is_clean());
}

// Of the copies made while the version changes back and forth each is whole or refused.
TEST(GrantRaces, VersionsAgainstCopies) {
  LeakCheck leaks;
  {
    Guest granter{1}, copiers[2] = {Guest{2}, Guest{3}};
    std::atomic<bool> stop{false};
    std::atomic<int> made{0};
    std::vector<std::thread> threads;
    for (unsigned n = 0; n < 2; ++n)
      threads.emplace_back([&, n] {
        on_cpu(1 + n, [&] {
          gnttab_copy_t copy{};
          copy.source = {{8 + n}, 1, 0};
          copy.dest.u.gmfn = 1;
          copy.dest.domid = DOMID_SELF;
          copy.len = 64;
          copy.flags = GNTCOPY_source_gref;
          while (!stop) {
            EXPECT_EQ(copiers[n].grant_op(GNTTABOP_copy, &copy), 0);
            EXPECT_TRUE(copy.status == GNTST_okay || copy.status == GNTST_general_error || copy.status == GNTST_eagain)
                << copy.status;
            made += copy.status == GNTST_okay;
          }
        });
      });
    on_cpu(0, [&] {
      for (int i = 0; i < rounds / 4 || made < 100; ++i) {
        i64 changed = granter.set_version(1 + i % 2);
        EXPECT_TRUE(changed == 0 || changed == -XEN_EBUSY);
        bool first = granter.table().version() == GrantVersion::v1;
        for (u16 n = 0; n < 2; ++n) first ? granter.grant_v1(8u + n, 2 + n, n) : granter.grant_v2(8u + n, 2 + n, n);
      }
    });
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(granter.set_version(1), 0);
    EXPECT_EQ(granter.set_version(2), 0);
  }
  EXPECT_TRUE(leaks.is_clean());
}

// A granter ends while others map, unmap and copy what it granted; what is mapped stays until it is unmapped.
TEST(GrantRaces, EndOfTheGranter) {
  LeakCheck leaks;
  {
    Guest mapper{2}, copier{3};
    std::atomic<bool> stop{false};
    std::thread mapping([&] {
      on_cpu(1, [&] {
        while (!stop) {
          auto mapped = mapper.map(1, 8, hole);
          if (mapped.status != GNTST_okay) continue;
          EXPECT_EQ(mapper.unmap(mapped.handle, hole), GNTST_okay);
        }
      });
    });
    std::thread copying([&] {
      on_cpu(2, [&] {
        gnttab_copy_t copy{};
        copy.source = {{9}, 1, 0};
        copy.dest.u.gmfn = 1;
        copy.dest.domid = DOMID_SELF;
        copy.len = 64;
        copy.flags = GNTCOPY_source_gref;
        while (!stop) EXPECT_EQ(copier.grant_op(GNTTABOP_copy, &copy), 0);
      });
    });
    on_cpu(0, [&] {
      for (int i = 0; i < 60; ++i) {
        Guest granter{1};
        granter.grant_v1(8, 2, 3);
        granter.grant_v1(9, 3, 4);
        for (int n = 0; n < 20; ++n) std::this_thread::yield();
      }
    });
    stop = true;
    mapping.join();
    copying.join();
    EXPECT_EQ(mapper.table().maptrack().used(), 0u);
  }
  EXPECT_TRUE(leaks.is_clean());
}

}  // namespace
}  // namespace xenolith
