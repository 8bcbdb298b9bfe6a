// SPDX-License-Identifier: MIT
#include "tools/base/service_manager.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "tools/base/unique_fd.hpp"

namespace xenolith::tools {
namespace {

TEST(ServiceManager, IsTold) {
  std::string name = "@xenolith-test-" + std::to_string(::getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
  UniqueFd manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  ASSERT_EQ(::bind(manager.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  tell_service_manager("READY=1");
  ::unsetenv("NOTIFY_SOCKET");
  char text[16] = {};
  EXPECT_EQ(::recv(manager.get(), text, sizeof text, 0), 7);
  EXPECT_STREQ(text, "READY=1");
}

TEST(ServiceManager, MayBeAbsent) {
  tell_service_manager("READY=1");
  ::setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
  tell_service_manager("READY=1");
  ::setenv("NOTIFY_SOCKET", std::string(200, '/').c_str(), 1);
  tell_service_manager("READY=1");
  ::unsetenv("NOTIFY_SOCKET");
}

}  // namespace
}  // namespace xenolith::tools
