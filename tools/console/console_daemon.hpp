// SPDX-License-Identifier: MIT
// xenconsoled at work: the consoles of all domains, found through xenstore.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/console/console_id.hpp"
#include "tools/console/console_options.hpp"
#include "tools/console/guest_console.hpp"
#include "tools/xenstore/client.hpp"

namespace xenolith::tools::console {

class ConsoleDaemon {
 public:
  using Connect = std::function<std::unique_ptr<XenStore>(std::function<void()> on_lost)>;

  // connect: a new connection to xenstore, throws Error while there is none; on_lost is called when it breaks.
  // gate, options: outlive the daemon. on_virq: the gate's interrupt came.
  ConsoleDaemon(EventLoop& loop, RingGate& gate, Connect connect, const ConsoleOptions& options,
                std::function<void()> on_virq);

  // Backlogs of a predecessor; used for consoles found from now on.
  void inherit(std::map<ConsoleId, std::string> backlogs) { inherited_ = std::move(backlogs); }
  // Connects to xenstore and begins; when that fails, it is tried again.
  void begin();
  std::map<ConsoleId, std::string> backlogs() const;
  void reopen_logs();

  size_t consoles() const;

 private:
  struct Entry {
    StoreWatch watch;
    Gfn gfn;
    Port port;
    std::unique_ptr<GuestConsole> console;
    bool queued = false;
    unsigned turns_left;  // in this period
  };

  void lose_store();
  // Runs body; a broken connection is noticed here.
  void with_store(const std::function<void()>& body);
  void look_for_domains();
  void watch_domain(DomainId domain);
  StoreWatch watch(ConsoleId id);
  void look_at(ConsoleId id);
  void open(ConsoleId id, Entry& entry);
  void close(ConsoleId id);
  std::unique_ptr<LogFile> log_for(ConsoleId id);
  // An event: it does not say which of the domain's rings it is for.
  void queue_all_of(DomainId domain);
  void queue(ConsoleId id);
  void take_turns();
  void begin_period();
  void let_depart();

  EventLoop& loop_;
  RingGate& gate_;
  OpenWatch opens_;
  Connect connect_;
  const ConsoleOptions& options_;
  std::unique_ptr<XenStore> store_;
  StoreWatch introduced_, released_;
  std::map<ConsoleId, Entry> entries_;
  std::map<ConsoleId, std::string> inherited_;
  std::deque<ConsoleId> turns_;
  EventSource turn_source_, retry_, period_;
  bool period_runs_ = false;
  struct Departing {
    std::unique_ptr<GuestConsole> console;
    EventLoop::Clock::time_point deadline;
  };
  std::vector<Departing> departing_;  // of domains that are gone; clients take the last output
  EventSource depart_;
};

}  // namespace xenolith::tools::console
