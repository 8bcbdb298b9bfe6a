// SPDX-License-Identifier: MIT
#include "arch/x86/control/hvm_context.hpp"

#include <arch/domain_state.hpp>

#include "arch/x86/control/hvm_context_records.hpp"
#include "arch/x86/hvm/guest_tsc.hpp"
#include "arch/x86/hvm/save_records.hpp"
#include "core/control/domain_change.hpp"
#include "core/control/version_op.hpp"
#include "core/domain/domain.hpp"
#include "core/memory/heap_pages.hpp"

namespace xenolith::hvm_context {
namespace {

using hvm::SaveRecord;
using hvm::SaveRecordReader;

constexpr u64 descriptor_size = sizeof(hvm_save_descriptor);

u64 largest_context(const Domain& domain) {
  u64 each = 0, vcpus = 0;
  for (const RecordKind& kind : record_kinds()) each += descriptor_size + kind.length;
  domain.for_each_vcpu([&](Vcpu&) { ++vcpus; });
  return 2 * descriptor_size + hvm::header_record_length + vcpus * each;
}

// Where records go, one behind the other.
class Writer {
 public:
  Writer(Vcpu& caller, GuestHandle<u8> to) : caller_{caller}, to_{to} {}
  u64 written() const { return offset_; }

  Result<void> add(u16 type, u16 instance, std::span<const std::byte> content) {
    hvm_save_descriptor descriptor{.typecode = type, .instance = instance, .length = static_cast<u32>(content.size())};
    TRY(put(std::as_bytes(std::span{&descriptor, 1})));
    return put(content);
  }

 private:
  Result<void> put(std::span<const std::byte> bytes) {
    TRY(arch::write_guest(caller_, to_.address(offset_), bytes));
    offset_ += bytes.size();
    return {};
  }

  Vcpu& caller_;
  GuestHandle<u8> to_;
  u64 offset_ = 0;
};

hvm_save_header header_of(const Domain& domain) {
  return {.magic = HVM_FILE_MAGIC,
          .version = HVM_FILE_VERSION,
          .changeset = u64{build::major_version} << 16 | build::minor_version,
          .cpuid = cpuid(1).eax,
          .gtsc_khz = hvm::domain_tsc_khz(domain)};
}

Result<void> write_records(Domain& domain, Writer& writer, std::span<std::byte> buffer) {
  u64 moment = arch::cycles();
  for (const RecordKind& kind : record_kinds()) {
    for (u32 id = 0; id < domain.max_vcpus(); ++id) {
      Vcpu* vcpu = domain.vcpu(VcpuId{id});
      std::span<std::byte> content = buffer.first(kind.length);
      if (vcpu && kind.save(*vcpu, moment, content)) TRY(writer.add(kind.type, static_cast<u16>(id), content));
    }
  }
  return {};
}

// A context in the caller's memory.
class GuestSource final : public hvm::RecordSource {
 public:
  GuestSource(Vcpu& caller, GuestHandle<u8> from) : caller_{caller}, from_{from} {}
  Result<void> read(u64 offset, std::span<std::byte> to) override {
    return arch::read_guest(caller_, to, from_.address(offset));
  }

 private:
  Vcpu& caller_;
  GuestHandle<u8> from_;
};

Result<void> load_record(Domain& domain, const SaveRecord& record, u64 moment) {
  const RecordKind* kind = record_kind(record.type);
  Vcpu* vcpu = domain.vcpu(VcpuId{record.instance});
  if (!kind || !vcpu || record.content.size() != kind->length) return Failure{XEN_EINVAL};
  return kind->load(*vcpu, moment, record.content);
}

bool can_be_asked(const DomctlCall& call) { return call.domain != &call.caller.domain() && !call.domain->is_dying(); }

}  // namespace

HypercallOutcome get(DomctlCall& call) {
  auto& request = call.op.u.hvmcontext;
  if (!can_be_asked(call)) return Failure{XEN_EINVAL};
  GuestHandle<u8> to{request.buffer.p};
  u64 largest = largest_context(*call.domain);
  call.copy_back = true;
  if (to.is_null()) {
    request.size = static_cast<u32>(largest);
    return i64{0};
  }
  if (request.size < largest) return Failure{XEN_ENOSPC};
  HeapPages buffer = TRY(HeapPages::allocate());
  Writer writer{call.caller, to};
  hvm_save_header first = header_of(*call.domain);
  TRY(writer.add(HVM_SAVE_CODE(HEADER), 0, std::as_bytes(std::span{&first, 1})));
  auto change = DomainChange::begin(*call.domain);
  if (!change) return HypercallOutcome::again(call.arguments);
  TRY(write_records(*call.domain, writer, {buffer.as<std::byte>(), page_size}));
  TRY(writer.add(hvm::end_record, 0, {}));
  request.size = static_cast<u32>(writer.written());
  return i64{0};
}

HypercallOutcome set(DomctlCall& call) {
  if (!can_be_asked(call)) return Failure{XEN_EINVAL};
  HeapPages buffer = TRY(HeapPages::allocate());
  GuestSource source{call.caller, GuestHandle<u8>{call.op.u.hvmcontext.buffer.p}};
  SaveRecordReader reader{source, call.op.u.hvmcontext.size, {buffer.as<std::byte>(), page_size}};
  TRY(reader.header());
  auto change = DomainChange::begin(*call.domain);
  if (!change) return HypercallOutcome::again(call.arguments);
  u64 moment = arch::cycles();
  call.domain->for_each_vcpu([](Vcpu& vcpu) { vcpu.stop(Vcpu::down); });
  while (std::optional<SaveRecord> record = TRY(reader.next())) TRY(load_record(*call.domain, *record, moment));
  return i64{0};
}

HypercallOutcome get_one(DomctlCall& call) {
  auto& request = call.op.u.hvmcontext_partial;
  if (!can_be_asked(call)) return Failure{XEN_EINVAL};
  const RecordKind* kind = record_kind(static_cast<u16>(request.type));
  if (!kind || request.type != kind->type) return Failure{XEN_EINVAL};
  Vcpu* vcpu = call.domain->vcpu(VcpuId{request.instance});
  if (!vcpu) return Failure{XEN_ENOENT};
  GuestHandle<u8> to{request.buffer.p};
  call.copy_back = true;
  if (to.is_null()) {
    request.bufsz = kind->length;
    return i64{0};
  }
  if (request.bufsz < kind->length) return Failure{XEN_ENOSPC};
  HeapPages buffer = TRY(HeapPages::allocate());
  std::span<std::byte> content{buffer.as<std::byte>(), kind->length};
  {
    auto change = DomainChange::begin(*call.domain);
    if (!change) return HypercallOutcome::again(call.arguments);
    if (!kind->save(*vcpu, arch::cycles(), content)) return Failure{XEN_ENOENT};
  }
  request.bufsz = kind->length;
  return arch::write_guest(call.caller, to.address(), content);
}

}  // namespace xenolith::hvm_context
