// SPDX-License-Identifier: MIT
// GNTTABOP_copy: copying between frames that are the caller's own or are granted to it.
#include <arch/mapping.hpp>

#include <cstring>
#include <optional>

#include "core/grants/grant_access.hpp"
#include "core/grants/grant_operations.hpp"

namespace xenolith::grant_operations {
namespace {

using Pointer = gnttab_copy::gnttab_copy_ptr;

// One side of a copy, kept from element to element for as long as the elements name the same frame or grant.
class CopySide {
 public:
  CopySide(Vcpu& caller, bool write) : caller_{caller}, write_{write} {}

  GrantResult<void> prepare(const Pointer& pointer, bool by_grant) {
    if (is_prepared(pointer, by_grant)) return {};
    release();
    TRY_GRANT(by_grant ? prepare_grant(pointer) : prepare_own(pointer));
    domain_ = pointer.domid;
    name_ = by_grant ? pointer.u.ref : pointer.u.gmfn;
    by_grant_ = by_grant;
    return {};
  }
  bool covers(u16 offset, u16 length) const {
    return !grant_ || (offset >= grant_->offset() && offset + length <= grant_->offset() + grant_->length());
  }
  Mfn mfn() const { return grant_ ? grant_->mfn() : own_.mfn(); }

 private:
  bool is_prepared(const Pointer& pointer, bool by_grant) const {
    if (!grant_ && !own_) return false;
    return by_grant == by_grant_ && pointer.domid == domain_ && name_ == (by_grant ? pointer.u.ref : pointer.u.gmfn);
  }
  void release() {
    grant_.reset();
    own_ = FrameRef{};
  }

  GrantResult<void> prepare_grant(const Pointer& pointer) {
    Result<Domain*> granter = DomainTable::find(caller_, pointer.domid);
    if (!granter || (*granter)->is_dying()) return GrantFailure{GrantStatus::bad_domain};
    grant_.emplace(
        TRY_GRANT(GrantAccess::acquire(**granter, GrantRef{pointer.u.ref}, caller_.domain().id(), write_)));
    return {};
  }
  GrantResult<void> prepare_own(const Pointer& pointer) {
    if (pointer.domid != DOMID_SELF) return GrantFailure{GrantStatus::permission_denied};
    Result<GuestFrame> found = caller_.domain().frame(Gfn{pointer.u.gmfn});
    bool suits = found && is_own_ram(found->type) &&
                 (!write_ || found->type == P2mType::ram || found->type == P2mType::logdirty);
    if (!suits) return GrantFailure{GrantStatus::bad_page};
    own_ = std::move(found->frame);
    return {};
  }

  Vcpu& caller_;
  const bool write_;
  std::optional<GrantAccess> grant_;
  FrameRef own_;
  domid_t domain_ = DOMID_INVALID;
  u64 name_ = 0;
  bool by_grant_ = false;
};

bool crosses_page(u16 offset, u16 length) { return u32{offset} + length > page_size; }

GrantResult<void> copy_one(CopySide& source, CopySide& target, const gnttab_copy_t& operation) {
  TRY_GRANT(source.prepare(operation.source, operation.flags & GNTCOPY_source_gref));
  TRY_GRANT(target.prepare(operation.dest, operation.flags & GNTCOPY_dest_gref));
  if (crosses_page(operation.source.offset, operation.len) || crosses_page(operation.dest.offset, operation.len))
    return GrantFailure{GrantStatus::bad_copy_argument};
  if (!source.covers(operation.source.offset, operation.len) || !target.covers(operation.dest.offset, operation.len))
    return GrantFailure{GrantStatus::general_error};
  arch::FrameMapping from{source.mfn()}, to{target.mfn()};
  std::memmove(to.bytes() + operation.dest.offset, from.bytes() + operation.source.offset, operation.len);
  return {};
}

}  // namespace

HypercallOutcome copy(Vcpu& caller, const HypercallArguments& arguments) {
  CopySide source{caller, false}, target{caller, true};
  return for_each_element<gnttab_copy_t>(caller, arguments, [&](auto& operation) {
    operation.status = status_field(copy_one(source, target, operation));
  });
}

}  // namespace xenolith::grant_operations
