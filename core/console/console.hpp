// SPDX-License-Identifier: MIT
// Console: where all text of the hypervisor and of its guests comes together.
#pragma once

#include <string_view>

#include "core/base/format.hpp"
#include "core/base/interface.hpp"
#include "core/base/result.hpp"
#include "core/console/console_ring.hpp"
#include "core/console/console_sink.hpp"
#include "core/console/log_threshold.hpp"

namespace xenolith {

class Vcpu;

class Console {
 public:
  // Shows text there from now on, beginning with what the ring holds. Works from the first instruction on; never undone but
  // by detach(). Any context.
  static void attach(ConsoleSink& sink);
  static void detach(ConsoleSink& sink);
  // A device can take more text. Any context.
  static void service(ConsoleSink& sink);
  // Whether output is to be waited for (sync_console).
  static bool is_synchronous();

  // Boot, when memory can be allocated: moves the ring to a buffer of conring_size. Fails with ENOMEM; the small early ring stays then.
  static Result<void> allocate_ring();
  // From now on changes of the ring are told to the hardware domain (VIRQ_CON_RING).
  static void start_notifying();

  // Prints each line of `text` behind `prefix` and a timestamp (console_timestamps=). Any context.
  static void print(std::string_view prefix, std::string_view text);
  // Prints text as it stands; it stays out of the ring unless console_to_ring is on. Any context.
  static void print_raw(std::string_view text);
  // May a message be printed now? Counts against the rate limit; says in the log how many were suppressed.
  static bool admit(LogLevel level, LogSource source);
  // What the options loglvl= and guest_loglvl= say now.
  static LogThreshold threshold(LogSource source);

  // Everything is printed while an object of this class lives: for debug keys.
  class Everything {
   public:
    Everything();
    ~Everything();
    Everything(const Everything&) = delete;
    Everything& operator=(const Everything&) = delete;
  };

  // From now on no lock is taken and nothing is buffered: for the end of the machine. Any context, NMIs included.
  static void enter_panic();

  // XEN_SYSCTL_readconsole for a vCPU that may make it: fills the guest's buffer and the OUT fields. Fails with EFAULT.
  static Result<void> read(Vcpu& caller, xen_sysctl_readconsole& operation);

 private:
  static void show(ConsoleSink* first, std::string_view text);
};

}  // namespace xenolith
