// SPDX-License-Identifier: MIT
#include "tools/console/console_daemon.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tools/base/daemon_files.hpp"
#include "tools/console/test_console_guest.hpp"
#include "tools/xenstore/fake_store.hpp"

namespace xenolith::tools::console {
namespace {

using namespace std::chrono_literals;

class ConsoleDaemonTest : public ::testing::Test {
 protected:
  ConsoleDaemonTest() {
    folder = std::filesystem::temp_directory_path() / ("xenconsoled-test-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    options.log_guests = true;
    options.log_folder = folder;
    options.serial_lines = true;
    gate.add(DomainId(0));
    start();
  }
  ~ConsoleDaemonTest() override { std::filesystem::remove_all(folder); }

  void start() {
    daemon = std::make_unique<ConsoleDaemon>(
        loop, gate, [this](auto) { return std::make_unique<MemoryStore>(tree); }, options, [] {});
    daemon->begin();
    run();
  }
  void add(DomainId id) {
    gate.add(id);
    std::string home = "/local/domain/" + std::to_string(id.value());
    store.write(home + "/name", "guest");
    store.write(home + "/console/ring-ref", "1");
    store.write(home + "/console/port", "2");
    store.write(home + "/console/limit", "1000");
    store.write(home + "/console/type", "xenconsoled");
    store.introduce(id, Gfn(5), Port(1));
    run();
  }
  void add_serial_line(DomainId id) {
    std::string home = "/local/domain/" + std::to_string(id.value()) + "/vuart/0";
    store.write(home + "/ring-ref", "3");
    store.write(home + "/port", "4");
    store.write(home + "/limit", "1000");
    store.write(home + "/type", "xenconsoled");
    run();
  }
  void run() {
    while (loop.run_once(0s)) {}
  }
  // Long enough for a domain that used up its turns to get new ones.
  void run_for(std::chrono::milliseconds time) {
    auto end = EventLoop::Clock::now() + time;
    while (EventLoop::Clock::now() < end) loop.run_once(5ms);
  }
  UniqueFd client(DomainId id, const std::string& console = "console") {
    std::string tty = store.read("/local/domain/" + std::to_string(id.value()) + "/" + console + "/tty");
    UniqueFd fd(::open(tty.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK));
    EXPECT_TRUE(fd) << tty;
    run();
    return fd;
  }
  std::string read_all(const UniqueFd& fd) {
    std::string all;
    char buffer[4096];
    ssize_t got;
    while ((got = ::read(fd.get(), buffer, sizeof buffer)) > 0) {
      all.append(buffer, static_cast<size_t>(got));
      run();
    }
    return all;
  }
  std::string log(const std::string& suffix = "") { return read_file(folder + "/guest-guest" + suffix + ".log"); }

  const DomainId seven{7};
  std::string folder;
  EventLoop loop;
  FakeRingGate gate;
  MemoryTree tree;
  MemoryStore store{tree};
  ConsoleOptions options;
  std::unique_ptr<ConsoleDaemon> daemon;
};

TEST_F(ConsoleDaemonTest, CarriesBothWaysAndLogs) {
  add(seven);
  TestConsoleGuest guest(gate, seven);
  guest.print("login: ");
  run();
  UniqueFd terminal = client(seven);
  EXPECT_EQ(read_all(terminal), "login: ");
  ASSERT_EQ(::write(terminal.get(), "root\r", 5), 5);
  // What is typed goes through the kernel's terminal, which takes its time.
  std::string typed;
  for (auto end = EventLoop::Clock::now() + 20s; typed.size() < 5 && EventLoop::Clock::now() < end;) {
    loop.run_once(5ms);
    typed += guest.typed();
  }
  EXPECT_EQ(typed, "root\r");
  EXPECT_NE(log().find("login: "), std::string::npos);
}

TEST_F(ConsoleDaemonTest, SerialLineIsAConsoleOfItsOwn) {
  add(seven);
  add_serial_line(seven);
  EXPECT_EQ(daemon->consoles(), 2u);
  TestConsoleGuest ring(gate, seven), line(gate, seven, RingPage::foreign);
  ring.print("by the ring");
  line.print("by the line");
  run();
  EXPECT_EQ(read_all(client(seven)), "by the ring");
  UniqueFd terminal = client(seven, "vuart/0");
  EXPECT_EQ(read_all(terminal), "by the line");
  EXPECT_NE(log().find("by the ring"), std::string::npos);
  EXPECT_NE(log("-vuart0").find("by the line"), std::string::npos);
  ASSERT_EQ(::write(terminal.get(), "x", 1), 1);
  std::string typed;
  for (auto end = EventLoop::Clock::now() + 20s; typed.empty() && EventLoop::Clock::now() < end;) {
    loop.run_once(5ms);
    typed = line.typed();
  }
  EXPECT_EQ(typed, "x");
  EXPECT_EQ(ring.typed(), "");
  gate.domains.erase(seven);
  store.release(seven);
  run();
  EXPECT_EQ(daemon->consoles(), 0u);
}

TEST_F(ConsoleDaemonTest, NoSerialLinesWhereThereAreNone) {
  options.serial_lines = false;
  add(seven);
  add_serial_line(seven);
  EXPECT_EQ(daemon->consoles(), 1u);
}

// A user may have 128 inotify instances, and 1,024 descriptors if nobody asks for more.
TEST_F(ConsoleDaemonTest, ManyConsoles) {
  auto descriptors = [] {
    std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
  };
  auto before = descriptors();
  for (uint16_t id = 1; id <= 150; ++id) add(DomainId(id));
  EXPECT_EQ(daemon->consoles(), 150u);
  EXPECT_LE(descriptors() - before, 150 * 3);  // two ends of each terminal, a log
  UniqueFd terminal = client(DomainId(150));
  TestConsoleGuest guest(gate, DomainId(150));
  guest.print("here\n");
  run();
  EXPECT_EQ(read_all(terminal), "here\n");
}

TEST_F(ConsoleDaemonTest, NobodyThereMeansTheNewestIsKept) {
  add(seven);
  TestConsoleGuest guest(gate, seven);
  std::string text;
  for (int i = 0; i < 20; ++i) {
    std::string line = "line " + std::to_string(i) + std::string(200, '.') + "\n";
    ASSERT_EQ(guest.print(line), line.size());
    text += line;
    run();
  }
  UniqueFd terminal = client(seven);
  EXPECT_EQ(read_all(terminal), text.substr(text.size() - 1000));
  EXPECT_NE(log().find(text), std::string::npos);  // the log has it all
}

TEST_F(ConsoleDaemonTest, ClientThatIsThereLosesNothing) {
  add(seven);
  TestConsoleGuest guest(gate, seven);
  UniqueFd terminal = client(seven);
  std::string sent;
  size_t stuck = 0;
  while (stuck < 3) {  // the client does not read: in the end the domain waits
    std::string chunk(1000, static_cast<char>('a' + sent.size() / 1000 % 26));
    size_t count = guest.print(chunk);
    sent += chunk.substr(0, count);
    stuck = count == 0 ? stuck + 1 : 0;
    run_for(count == 0 ? 250ms : 0ms);
    run();
  }
  EXPECT_GE(sent.size(), 64u << 10);
  EXPECT_LE(sent.size(), 128u << 10);
  std::string got;
  for (int i = 0; i < 200 && got.size() < sent.size(); ++i) got += read_all(terminal), run_for(5ms);
  EXPECT_EQ(got, sent);
}

TEST_F(ConsoleDaemonTest, FloodIsHeldAndOthersAreServed) {
  DomainId eight{8};
  add(seven);
  add(eight);
  TestConsoleGuest flood(gate, seven), quiet(gate, eight);
  size_t carried = 0;
  for (int i = 0; i < 500; ++i) {
    carried += flood.print(std::string(2048, 'x'));
    loop.run_once(0s);
  }
  EXPECT_LE(carried, 2048u * 100);  // some periods at most
  quiet.print("hello");
  run();
  EXPECT_EQ(read_all(client(eight)), "hello");
}

TEST_F(ConsoleDaemonTest, LastWordsOfADomainAreKept) {
  add(seven);
  TestConsoleGuest guest(gate, seven);
  auto page = gate.domains.at(seven);
  std::string last = "panic: the end\n";
  for (char c : last) guest.page->out[MASK_XENCONS_IDX(guest.page->out_prod++, guest.page->out)] = c;
  gate.domains.erase(seven);
  store.release(seven);
  run();
  EXPECT_NE(log().find(last), std::string::npos);
  EXPECT_EQ(daemon->consoles(), 0u);
}

TEST_F(ConsoleDaemonTest, BadIndicesHarmOnlyThatConsole) {
  DomainId eight{8};
  add(seven);
  add(eight);
  TestConsoleGuest bad(gate, seven), good(gate, eight);
  bad.page->out_prod = bad.page->out_cons + 5000;
  gate.send(seven);
  good.print("fine");
  run();
  EXPECT_EQ(read_all(client(eight)), "fine");
}

TEST_F(ConsoleDaemonTest, SuccessorHasTheBacklog) {
  add(seven);
  TestConsoleGuest guest(gate, seven);
  add_serial_line(seven);
  TestConsoleGuest line(gate, seven, RingPage::foreign);
  guest.print("before ");
  line.print("the line's");
  run();
  auto backlogs = daemon->backlogs();
  daemon.reset();
  guest.print("between ");
  daemon = std::make_unique<ConsoleDaemon>(
      loop, gate, [this](auto) { return std::make_unique<MemoryStore>(tree); }, options, [] {});
  daemon->inherit(backlogs);
  daemon->begin();
  run();
  EXPECT_EQ(read_all(client(seven)), "before between ");
  EXPECT_EQ(read_all(client(seven, "vuart/0")), "the line's");
}

TEST_F(ConsoleDaemonTest, ConsolesOfOthersAreLeftAlone) {
  gate.add(seven);
  for (const char* node : {"ring-ref", "port"}) store.write(std::string("/local/domain/7/console/") + node, "1");
  store.write("/local/domain/7/console/type", "ioemu");
  store.introduce(seven, Gfn(1), Port(1));
  run();
  EXPECT_EQ(daemon->consoles(), 0u);
}

}  // namespace
}  // namespace xenolith::tools::console
