// SPDX-License-Identifier: MIT
#include "tools/console/console_daemon.hpp"

#include <sys/stat.h>
#include <syslog.h>

#include <charconv>

#include "tools/base/error.hpp"

namespace xenolith::tools::console {

namespace {

using namespace std::chrono_literals;

constexpr DomainId own{0};
// A domain's turns in each period; what is more waits for the next, so that one that floods leaves time to the others.
constexpr unsigned turns_in_period = 30;
constexpr auto period = 200ms;
constexpr auto retry_delay = 250ms;
constexpr auto longest_departure = 3s;
constexpr auto depart_interval = 20ms;

constexpr ConsoleKind kinds[] = {ConsoleKind::primary, ConsoleKind::serial_line};

std::string console_path(ConsoleId id) {
  return fmt::format("/local/domain/{}/{}", id.domain, id.kind == ConsoleKind::serial_line ? "vuart/0" : "console");
}

std::optional<uint64_t> number_in(const std::optional<std::string>& text) {
  uint64_t value = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc()) return std::nullopt;
  return value;
}

// A name that is one part of a path.
std::string file_name(std::string name) {
  for (char& c : name)
    if (c == '/' || c == '\0') c = '_';
  return name;
}

bool means_lost(int code) { return code == ECONNRESET || code == EPIPE || code == ENOTCONN || code == EPROTO; }

}  // namespace

ConsoleDaemon::ConsoleDaemon(EventLoop& loop, RingGate& gate, Connect connect, const ConsoleOptions& options,
                             std::function<void()> on_virq)
    : loop_(loop), gate_(gate), opens_(loop), connect_(std::move(connect)), options_(options) {
  gate_.start(loop, [this](DomainId domain) { queue_all_of(domain); }, std::move(on_virq));
}

size_t ConsoleDaemon::consoles() const {
  size_t count = 0;
  for (const auto& [id, entry] : entries_) count += entry.console != nullptr;
  return count;
}

// xenstore.

void ConsoleDaemon::begin() {
  try {
    store_ = connect_([this] { lose_store(); });
    introduced_ = store_->watch(loop_, "@introduceDomain", [this](const std::string&) { look_for_domains(); });
    released_ = store_->watch(loop_, "@releaseDomain", [this](const std::string&) { look_for_domains(); });
    for (auto& [id, entry] : entries_) entry.watch = watch(id);
  } catch (const Error&) {
    lose_store();
  }
}

// Consoles go on without xenstore; domains that come meanwhile are found afterwards.
void ConsoleDaemon::lose_store() {
  retry_ = loop_.after(retry_delay, [this] { begin(); });
  introduced_ = StoreWatch();
  released_ = StoreWatch();
  for (auto& [id, entry] : entries_) entry.watch = StoreWatch();
}

void ConsoleDaemon::with_store(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    if (means_lost(error.code())) return lose_store();
    ::syslog(LOG_DAEMON | LOG_ERR, "%s", error.what());
  }
}

void ConsoleDaemon::look_for_domains() {
  auto states = gate_.states();
  std::vector<ConsoleId> gone;
  for (auto& [id, entry] : entries_)
    if (auto state = states.find(id.domain); state == states.end() || state->second.dying) gone.push_back(id);
  for (ConsoleId id : gone) close(id);
  for (const auto& [domain, state] : states)
    if (domain != own && !state.dying) watch_domain(domain);
}

void ConsoleDaemon::watch_domain(DomainId domain) {
  for (ConsoleKind kind : kinds) {
    ConsoleId id{domain, kind};
    if (entries_.count(id) || (kind == ConsoleKind::serial_line && !options_.serial_lines)) continue;
    with_store([&] {
      StoreWatch watched = watch(id);
      Entry& entry = entries_[id];
      entry.watch = std::move(watched);
      entry.turns_left = turns_in_period;
    });
  }
}

StoreWatch ConsoleDaemon::watch(ConsoleId id) {
  return store_->watch(loop_, console_path(id), [this, id](const std::string&) { look_at(id); });
}

void ConsoleDaemon::look_at(ConsoleId id) {
  auto found = entries_.find(id);
  if (found == entries_.end()) return;
  with_store([&] { open(id, found->second); });
}

void ConsoleDaemon::open(ConsoleId id, Entry& entry) {
  std::string path = console_path(id);
  auto values = store_->find_all({path + "/ring-ref", path + "/port", path + "/type", path + "/limit"});
  auto gfn = number_in(values[0]), port = number_in(values[1]), limit = number_in(values[3]);
  const auto& type = values[2];
  if (!gfn || !port || *port == 0 || (type && *type != "xenconsoled")) return;
  if (entry.console && entry.gfn == Gfn(*gfn) && entry.port == Port(static_cast<uint32_t>(*port))) return;
  entry.gfn = Gfn(*gfn);
  entry.port = Port(static_cast<uint32_t>(*port));
  entry.console.reset();  // before the new link: both are for the same page
  GuestConsole::Settings settings;
  settings.limit = limit.value_or(settings.limit);
  settings.overflow = options_.overflow;
  settings.log = log_for(id);
  if (auto old = inherited_.extract(id)) settings.backlog = std::move(old.mapped());
  // The reserved grant is of the primary console's page.
  RingPage page = id.kind == ConsoleKind::primary ? RingPage::granted : RingPage::foreign;
  auto link = gate_.open(id.domain, entry.gfn, entry.port, page);
  entry.console = std::make_unique<GuestConsole>(loop_, opens_, std::move(link), std::move(settings), [this, id] { queue(id); });
  store_->write(path + "/tty", entry.console->tty());
  queue(id);
}

std::unique_ptr<LogFile> ConsoleDaemon::log_for(ConsoleId id) {
  if (!options_.log_guests) return nullptr;
  std::string name = store_->find(fmt::format("/local/domain/{}/name", id.domain)).value_or(fmt::format("domain-{}", id.domain));
  const char* suffix = id.kind == ConsoleKind::serial_line ? "-vuart0" : "";
  std::string path = fmt::format("{}/guest-{}{}.log", options_.log_folder, file_name(name), suffix);
  try {
    return std::make_unique<LogFile>(path, options_.guest_style);
  } catch (const Error& error) {
    ::syslog(LOG_DAEMON | LOG_ERR, "%s", error.what());  // a console without a log is better than none
    return nullptr;
  }
}

void ConsoleDaemon::close(ConsoleId id) {
  auto found = entries_.find(id);
  if (found == entries_.end()) return;
  if (found->second.console) {
    found->second.console->finish();
    departing_.push_back({std::move(found->second.console), EventLoop::Clock::now() + longest_departure});
  }
  entries_.erase(found);
  let_depart();
}

// The end of a pseudo terminal throws away what its clients have not read, so they get a little time for that.
void ConsoleDaemon::let_depart() {
  std::erase_if(departing_, [](const Departing& departing) {
    return !departing.console->owes() || EventLoop::Clock::now() >= departing.deadline;
  });
  if (!departing_.empty()) depart_ = loop_.after(depart_interval, [this] { let_depart(); });
}

// Turns.

void ConsoleDaemon::queue_all_of(DomainId domain) {
  for (ConsoleKind kind : kinds) queue({domain, kind});
}

void ConsoleDaemon::queue(ConsoleId id) {
  auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.console || found->second.queued) return;
  if (!period_runs_) begin_period();
  found->second.queued = true;
  if (found->second.turns_left == 0) return;  // begin_period() takes it up
  turns_.push_back(id);
  if (turns_.size() == 1) turn_source_ = loop_.soon([this] { take_turns(); });
}

void ConsoleDaemon::begin_period() {
  bool waiting = false;
  for (auto& [id, entry] : entries_) {
    bool held = entry.queued && entry.turns_left == 0;
    entry.turns_left = turns_in_period;
    if (held) turns_.push_back(id);
    waiting |= held;
  }
  if (waiting) turn_source_ = loop_.soon([this] { take_turns(); });
  period_runs_ = true;
  period_ = loop_.after(period, [this] {
    period_runs_ = false;
    for (auto& [id, entry] : entries_)
      if (entry.queued) return begin_period();
  });
}

void ConsoleDaemon::take_turns() {
  ConsoleId id = turns_.front();
  turns_.pop_front();
  if (auto found = entries_.find(id); found != entries_.end() && found->second.console) {
    Entry& entry = found->second;
    entry.queued = false;
    --entry.turns_left;
    entry.console->unmask();
    if (entry.console->turn()) queue(id);
  }
  if (!turns_.empty()) turn_source_ = loop_.soon([this] { take_turns(); });
}

std::map<ConsoleId, std::string> ConsoleDaemon::backlogs() const {
  std::map<ConsoleId, std::string> backlogs;
  for (const auto& [id, entry] : entries_)
    if (entry.console && !entry.console->backlog().empty()) backlogs[id] = std::string(entry.console->backlog());
  return backlogs;
}

void ConsoleDaemon::reopen_logs() {
  for (auto& [id, entry] : entries_)
    if (entry.console) entry.console->reopen_log();
}

}  // namespace xenolith::tools::console
