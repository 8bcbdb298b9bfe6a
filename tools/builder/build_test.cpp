// SPDX-License-Identifier: MIT
// Builds and starts a PVH guest with nothing else around it: no devices, and of xenstore only that it is there
// (--store). A tool for tests of the builder and of hypervisors; people use xl.
//
//   xenolith-build-test [options] KERNEL [RAMDISK] [--append WORD...]
//
// Copies what the guest writes to its console ring to standard output, until it shuts down or the seconds are over.
// Prints how long each step took; --trace each call of the hypervisor. --vcpus-later: how many vCPUs xenstore says are
// online after ten seconds. Exit code 0: the guest shut down by itself.
#include <fmt/ranges.h>
#include <poll.h>

#include <CLI/CLI.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/base/error.hpp"
#include "tools/builder/pvh_builder.hpp"
#include "tools/control/tracing_port.hpp"
#include "tools/xenstore/socket_store.hpp"

extern "C" {
#include <xen/io/console.h>
}

namespace xenolith::tools {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  BuildRequest build;
  unsigned seconds = 20;
  unsigned times = 1;
  bool keep = false;
  bool store = false;
  bool trace = false;
  uint32_t vcpus_later = 0;
};

double milliseconds(Clock::time_point since) {
  return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

Options parse(int count, char** words) {
  Options options;
  uint64_t memory = 128, max_memory = 0;
  std::vector<std::string> files, command_line;
  CLI::App app("Builds and starts a PVH guest.", "xenolith-build-test");
  app.add_option("--memory", memory, "MiB");
  app.add_option("--maxmem", max_memory, "MiB");
  app.add_option("--vcpus", options.build.vcpus);
  app.add_option("--maxvcpus", options.build.max_vcpus);
  app.add_option("--vcpus-later", options.vcpus_later);
  app.add_option("--seconds", options.seconds);
  app.add_option("--times", options.times);
  app.add_flag("--keep", options.keep);
  app.add_flag("--store", options.store);
  app.add_flag("--trace", options.trace);
  app.add_option("--append", command_line, "the guest's command line");
  app.add_option("files", files, "kernel, RAM disks")->required();
  try {
    app.parse(count, words);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  options.build.kernel = files.front();
  options.build.modules.assign(files.begin() + 1, files.end());
  options.build.command_line = fmt::format("{}", fmt::join(command_line, " "));
  options.build.memory = KiB(memory * 1024);
  options.build.max_memory = KiB(std::max(memory, max_memory) * 1024);
  options.build.max_vcpus = std::max(options.build.max_vcpus, options.build.vcpus);
  return options;
}

// The backend's end of a console ring.
class Console {
 public:
  explicit Console(ForeignPages page) : page_(std::move(page)) {}

  // Copies what there is to standard output; returns whether there was anything.
  bool drain() {
    auto* ring = page_.as<xencons_interface>();
    std::atomic_ref<uint32_t> producer(ring->out_prod), consumer(ring->out_cons);
    uint32_t from = consumer.load(), to = producer.load(std::memory_order_acquire);
    if (from == to || to - from > sizeof ring->out) return false;
    for (; from != to; ++from) std::fputc(ring->out[MASK_XENCONS_IDX(from, ring->out)], stdout);
    std::fflush(stdout);
    consumer.store(to, std::memory_order_release);
    return true;
  }

 private:
  ForeignPages page_;
};

// A guest's xenstore: a home of its own and how many vCPUs are online.
class GuestStore {
 public:
  GuestStore(DomainId domain, const BuildRequest& request, const BuildResult& built)
      : store_(SocketStore::connect()), domain_(domain), home_(fmt::format("/local/domain/{}", domain)) {
    Permissions own{Permission{domain, Access::none}};
    store_->write(home_, "", own);
    store_->write(home_ + "/memory/target", fmt::format("{}", request.memory));
    store_->write(home_ + "/memory/static-max", fmt::format("{}", built.shown_memory));
    store_->write(home_ + "/control/shutdown", "", own);
    set_vcpus(request.vcpus, request.max_vcpus);
    store_->introduce(domain, built.store_frame, built.store_port);
  }
  ~GuestStore() {
    try {
      store_->release(domain_);
      store_->remove(home_);
    } catch (const Error& error) {
      std::printf("xenolith-build-test: %s\n", error.what());
    }
  }
  void set_vcpus(uint32_t online, uint32_t all) {
    for (uint32_t i = 0; i < all; ++i)
      store_->write(fmt::format("{}/cpu/{}/availability", home_, i), i < online ? "online" : "offline");
  }

 private:
  std::unique_ptr<SocketStore> store_;
  DomainId domain_;
  std::string home_;
};

// Shows the guest's console until it shuts down or the seconds are over. `later` is called once after ten seconds.
bool watch(Hypervisor& hypervisor, DomainId domain, const BuildResult& built, unsigned seconds,
           std::function<void()> later) {
  Console console(hypervisor.memory.map(domain, built.console_frame));
  EventChannels channels;
  Port port = channels.bind_interdomain(domain, built.console_port);
  channels.unmask(port);
  auto start = Clock::now(), end = start + std::chrono::seconds(seconds);
  while (Clock::now() < end) {
    pollfd ready{channels.fd(), POLLIN, 0};
    ::poll(&ready, 1, 200);
    while (auto pending = channels.pending()) channels.unmask(*pending);
    if (console.drain()) channels.notify(port);
    if (later && Clock::now() > start + std::chrono::seconds(10)) std::exchange(later, nullptr)();
    if (auto info = hypervisor.domains.find(domain); !info || info->shutdown) {
      console.drain();
      std::printf("xenolith-build-test: domain %u shut down, reason %d\n", domain.value(),
                  info ? int(info->reason) : -1);
      return info && info->reason != ShutdownReason::crash;
    }
  }
  return false;
}

struct Times {
  double create = 0, build = 0, destroy = 0;
};

bool run_once(Hypervisor& hypervisor, const Options& options, Times& times, bool quiet) {
  auto& request = options.build;
  auto start = Clock::now();
  DomainId domain = hypervisor.domains.create({.handle = Uuid::random(), .max_vcpus = request.max_vcpus});
  hypervisor.domains.make_vcpus(domain, request.max_vcpus);
  hypervisor.domains.set_max_memory(domain, pvh_memory_limit(request.max_memory));
  hypervisor.domains.set_paging_memory(domain, pvh_paging_memory(request.max_memory, request.max_vcpus));
  times.create += milliseconds(start);
  bool good = quiet;
  try {
    start = Clock::now();
    auto built = build_pvh(hypervisor, domain, request);
    times.build += milliseconds(start);
    if (!quiet) {
      std::printf("xenolith-build-test: domain %u, %s, entry %#lx, %lu pages\n", domain.value(),
                  built.kernel_type.c_str(), built.entry, built.populated.value());
      std::optional<GuestStore> store;
      if (options.store) store.emplace(domain, request, built);
      hypervisor.domains.unpause(domain);
      auto later = [&] { store->set_vcpus(options.vcpus_later, request.max_vcpus); };
      good = watch(hypervisor, domain, built, options.seconds,
                   store && options.vcpus_later ? std::function<void()>(later) : nullptr);
    }
  } catch (const Error& error) {
    std::printf("xenolith-build-test: %s\n", error.what());
    good = false;
  }
  if (options.keep) return good;
  start = Clock::now();
  hypervisor.domains.destroy(domain);
  times.destroy += milliseconds(start);
  return good;
}

std::unique_ptr<Hypervisor> open(bool trace) {
  if (!trace) return Hypervisor::open();
  auto report = [](const std::string& what, double microseconds, long result) {
    std::printf("%8.0f us  %s = %ld\n", microseconds, what.c_str(), result);
  };
  return std::make_unique<Hypervisor>(std::make_unique<TracingPort>(open_system_port(), report));
}

int run(int count, char** words) {
  Options options = parse(count, words);
  auto start = Clock::now();
  auto hypervisor = open(options.trace);
  double opened = milliseconds(start);
  uint64_t free = hypervisor->machine.physical_info().free.value();
  Times times;
  bool good = true;
  for (unsigned i = 0; i < options.times; ++i) good = run_once(*hypervisor, options, times, options.times > 1) && good;
  std::printf(
      "xenolith-build-test: open %.2f ms, create %.2f ms, build %.2f ms, destroy %.2f ms each; free pages %+ld\n",
      opened, times.create / options.times, times.build / options.times, times.destroy / options.times,
      long(hypervisor->machine.physical_info().free.value() - free));
  return good ? 0 : 1;
}

}  // namespace
}  // namespace xenolith::tools

int main(int count, char** words) {
  try {
    return xenolith::tools::run(count, words);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "xenolith-build-test: %s\n", error.what());
    return 2;
  }
}
