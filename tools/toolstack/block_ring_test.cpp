// SPDX-License-Identifier: MIT
#include "tools/toolstack/disk_rings.hpp"

#include <gtest/gtest.h>

#include "tools/control/interface.hpp"

extern "C" {
#include <xen/io/ring.h>

#include <xen/io/blkif.h>
}

namespace xenolith::tools {
namespace {

class BlockRingTest : public testing::Test {
 protected:
  BlockRingTest() {
    SHARED_RING_INIT(ring);
    FRONT_RING_INIT(&front, ring, page_size);
  }
  void ask(uint8_t operation, uint64_t id, uint8_t segments = 1) {
    blkif_request* request = RING_GET_REQUEST(&front, front.req_prod_pvt);
    *request = {};
    request->operation = operation;
    request->nr_segments = segments;
    request->id = id;
    ++front.req_prod_pvt;
    ring->req_prod = front.req_prod_pvt;
  }
  blkif_response next() { return *RING_GET_RESPONSE(&front, front.rsp_cons++); }

  alignas(page_size) std::byte page[page_size]{};
  blkif_sring* ring = reinterpret_cast<blkif_sring*>(page);
  blkif_front_ring front;
};

TEST_F(BlockRingTest, AllThatWaitGetAnError) {
  ring->rsp_prod = ring->req_prod = front.req_prod_pvt = front.rsp_cons = 30;  // the ring wraps
  ask(BLKIF_OP_WRITE, 7);
  ask(BLKIF_OP_READ, 8);
  ask(BLKIF_OP_INDIRECT, 9, BLKIF_OP_WRITE);
  EXPECT_EQ(fail_requests(page), 3u);
  EXPECT_EQ(ring->rsp_prod, 33u);
  for (auto [id, operation] : {std::pair(7, BLKIF_OP_WRITE), {8, BLKIF_OP_READ}, {9, BLKIF_OP_WRITE}}) {
    blkif_response answer = next();
    EXPECT_EQ(answer.id, static_cast<uint64_t>(id));
    EXPECT_EQ(answer.operation, operation);
    EXPECT_EQ(answer.status, BLKIF_RSP_ERROR);
  }
  EXPECT_EQ(fail_requests(page), 0u);
}

TEST_F(BlockRingTest, ImpossibleIndicesAreLeftAlone) {
  ring->req_prod = 33;
  std::vector<std::byte> before(page, page + page_size);
  EXPECT_EQ(fail_requests(page), 0u);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), page));
}

}  // namespace
}  // namespace xenolith::tools
