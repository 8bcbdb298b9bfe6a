// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/save_records.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace xenolith::hvm {
namespace {

class BytesSource final : public RecordSource {
 public:
  std::vector<std::byte> bytes;
  bool fails = false;

  template <class T>
  void put(const T& value) {
    auto* from = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), from, from + sizeof value);
  }
  void begin_record(u16 type, u16 instance, u32 length) { put(hvm_save_descriptor{type, instance, length}); }
  void put_header(u32 magic = HVM_FILE_MAGIC) {
    begin_record(HVM_SAVE_CODE(HEADER), 0, sizeof(hvm_save_header));
    put(hvm_save_header{.magic = magic, .version = HVM_FILE_VERSION, .changeset = 0, .cpuid = 0, .gtsc_khz = 7});
  }

  Result<void> read(u64 offset, std::span<std::byte> to) override {
    if (fails) return Failure{XEN_EFAULT};
    EXPECT_LE(offset + to.size(), bytes.size());
    std::memcpy(to.data(), bytes.data() + offset, to.size());
    return {};
  }
};

class SaveRecords : public ::testing::Test {
 protected:
  SaveRecordReader reader() { return {source, source.bytes.size(), buffer}; }
  BytesSource source;
  std::byte buffer[64];
};

TEST_F(SaveRecords, AreReadInOrderUpToTheEnd) {
  source.put_header();
  source.begin_record(19, 2, 8);
  source.put(u64{0x1234});
  source.begin_record(end_record, 0, 0);
  source.put(u64{0});  // nobody looks behind the end
  SaveRecordReader records = reader();
  auto header = records.header();
  ASSERT_TRUE(header);
  EXPECT_EQ(header->gtsc_khz, 7u);
  auto record = records.next();
  ASSERT_TRUE(record);
  ASSERT_TRUE(*record);
  EXPECT_EQ((*record)->type, 19);
  EXPECT_EQ((*record)->instance, 2);
  EXPECT_EQ((*record)->content.size(), 8u);
  u64 value;
  std::memcpy(&value, (*record)->content.data(), sizeof value);
  EXPECT_EQ(value, 0x1234u);
  auto end = records.next();
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
}

TEST_F(SaveRecords, BeginWithAHeader) {
  EXPECT_EQ(reader().header().error(), XEN_EINVAL);
  source.put_header(0x12345678);
  EXPECT_EQ(reader().header().error(), XEN_EINVAL);
  source.bytes.clear();
  source.begin_record(19, 0, 8);
  source.put(u64{});
  EXPECT_EQ(reader().header().error(), XEN_EINVAL);
  source.bytes.clear();
  source.begin_record(HVM_SAVE_CODE(HEADER), 0, 8);
  source.put(u64{});
  EXPECT_EQ(reader().header().error(), XEN_EINVAL);
  source.bytes.clear();
  source.begin_record(end_record, 0, 0);
  EXPECT_EQ(reader().header().error(), XEN_EINVAL);
}

TEST_F(SaveRecords, AreNotCutOff) {
  source.put_header();
  size_t whole = source.bytes.size();
  for (size_t size = 0; size < whole; ++size) {
    SaveRecordReader records{source, size, buffer};
    EXPECT_EQ(records.header().error(), XEN_EINVAL) << size;
  }
  SaveRecordReader records = reader();
  ASSERT_TRUE(records.header());
  EXPECT_EQ(records.next().error(), XEN_EINVAL);  // there is no END
}

TEST_F(SaveRecords, AreNotLongerThanTheBuffer) {
  source.begin_record(2, 0, sizeof buffer + 1);
  source.bytes.resize(source.bytes.size() + sizeof buffer + 1);
  EXPECT_EQ(reader().next().error(), XEN_EINVAL);
  source.bytes.clear();
  source.begin_record(2, 0, ~u32{0});
  EXPECT_EQ(reader().next().error(), XEN_EINVAL);
}

TEST_F(SaveRecords, PassTheSourcesFailureOn) {
  source.put_header();
  source.fails = true;
  EXPECT_EQ(reader().header().error(), XEN_EFAULT);
}

}  // namespace
}  // namespace xenolith::hvm
