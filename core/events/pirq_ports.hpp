// SPDX-License-Identifier: MIT
// Physical interrupts as event channels: which port a PIRQ has, and what event channels want of the interrupt code.
#pragma once

#include <array>
#include <atomic>

#include "core/base/own.hpp"
#include "core/base/units.hpp"

namespace xenolith {

class Vcpu;

// A domain's physical interrupts, as the interrupt code offers them. Called under the event table's lock.
class PirqSource {
 public:
  // PIRQ numbers are below this.
  virtual u32 count() const = 0;
  // Makes the interrupt go to the domain. Its errors are the operation's: EPERM where access is not permitted, EBUSY...
  virtual Result<void> bind(u32 pirq, bool will_share) = 0;
  virtual void unbind(u32 pirq) = 0;
  virtual void set_affinity(u32 pirq, Vcpu& vcpu) = 0;

 protected:
  ~PirqSource() = default;
};

class PirqPorts {
 public:
  static constexpr u32 per_chunk = 256;
  static constexpr u32 chunks = 64;

  PirqPorts() = default;
  ~PirqPorts();
  PirqPorts(const PirqPorts&) = delete;
  PirqPorts& operator=(const PirqPorts&) = delete;

  // Port 0 if the PIRQ has none. Any context.
  Port port(u32 pirq) const;
  // Makes room for a number below chunks * per_chunk: ENOMEM, else EINVAL. Under the event table's lock, as is set().
  Result<void> reserve(u32 pirq);
  void set(u32 pirq, Port port);

 private:
  using Chunk = std::array<std::atomic<u32>, per_chunk>;
  std::array<std::atomic<Chunk*>, chunks> chunks_{};
};

}  // namespace xenolith
