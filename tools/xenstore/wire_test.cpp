// SPDX-License-Identifier: MIT
#include "tools/xenstore/wire.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

TEST(Wire, MessageComesBackFromAnyCut) {
  Message message{MessageType::write, 7, 9, std::string("/a\0value", 8)};
  std::string bytes = encode(message);
  for (size_t step = 1; step <= bytes.size(); ++step) {
    MessageReader reader;
    for (size_t at = 0; at < bytes.size();) {
      size_t count = std::min({step, reader.wanted(), bytes.size() - at});
      EXPECT_FALSE(reader.next());
      reader.add(std::string_view(bytes).substr(at, count));
      at += count;
    }
    EXPECT_EQ(reader.next(), message);
    EXPECT_FALSE(reader.next());
  }
}

TEST(Wire, BodyOfNothing) {
  MessageReader reader;
  reader.add(encode({MessageType::reset_watches, 1, 0, ""}));
  EXPECT_EQ(reader.next()->type, MessageType::reset_watches);
}

TEST(Wire, TooLongBodyIsRefusedWithItsHeader) {
  MessageReader reader;
  std::string header = encode({MessageType::read, 1, 0, std::string(message_body_max, 'x')}).substr(0, message_header_size);
  reader.add(header);
  EXPECT_EQ(reader.wanted(), message_body_max);
  header[12] = 1;  // 4097
  reader.clear();
  EXPECT_THROW(reader.add(header), Error);
}

TEST(Wire, StringsNeedTheirEnd) {
  EXPECT_EQ(split_strings(join_strings({"a", "", "bc"})), (std::vector<std::string_view>{"a", "", "bc"}));
  EXPECT_TRUE(split_strings("").empty());
  EXPECT_THROW(split_strings("abc"), Error);
}

TEST(Wire, ErrorsHaveNames) {
  EXPECT_STREQ(error_name(ENOENT), "ENOENT");
  EXPECT_STREQ(error_name(EDOM), "EINVAL");
  EXPECT_EQ(error_code("EAGAIN"), EAGAIN);
  EXPECT_EQ(error_code("nonsense"), EIO);
}

}  // namespace
}  // namespace xenolith::tools
