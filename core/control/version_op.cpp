// SPDX-License-Identifier: MIT
#include "core/control/version_op.hpp"

#include <arch/control.hpp>

#include <algorithm>
#include <iterator>

#include "core/base/interface.hpp"

namespace xenolith {
namespace {

constinit xen_commandline_t command_line{};  // as the interface hands it out

// Fills a field of characters and pads it with zeros; the last stays zero.
template <size_t size>
void fill(char (&field)[size], std::string_view text) {
  std::ranges::fill(field, '\0');
  std::ranges::copy(text.substr(0, size - 1), field);
}

template <class Text>
struct TextReply {
  Text text;
};

template <class Text>
HypercallOutcome reply(Vcpu& caller, const HypercallArguments& arguments, std::string_view text) {
  TextReply<Text> answer;
  fill(answer.text, text);
  return GuestHandle<TextReply<Text>>{arguments[1]}.write(caller, answer);
}

HypercallOutcome version(Vcpu&, const HypercallArguments&) {
  return i64{build::major_version << 16 | build::minor_version};
}

HypercallOutcome extra_version(Vcpu& caller, const HypercallArguments& arguments) {
  return reply<xen_extraversion_t>(caller, arguments, build::extra_version);
}

HypercallOutcome compile_information(Vcpu& caller, const HypercallArguments& arguments) {
  xen_compile_info_t info;
  fill(info.compiler, build::compiler);
  fill(info.compile_by, build::compile_by);
  fill(info.compile_domain, build::compile_domain);
  fill(info.compile_date, build::compile_date);
  return GuestHandle<xen_compile_info_t>{arguments[1]}.write(caller, info);
}

HypercallOutcome capabilities(Vcpu& caller, const HypercallArguments& arguments) {
  return reply<xen_capabilities_info_t>(caller, arguments, arch::guest_types());
}

HypercallOutcome changeset(Vcpu& caller, const HypercallArguments& arguments) {
  return reply<xen_changeset_info_t>(caller, arguments, build::changeset);
}

HypercallOutcome platform_parameters(Vcpu& caller, const HypercallArguments& arguments) {
  // There is no such range below 4 GiB: only PV guests would have one.
  u64 start = caller.call_words() == GuestWordSize::bits32 ? 0 : arch::interface_virt_start;
  return GuestHandle<xen_platform_parameters_t>{arguments[1]}.write(caller, {start});
}

HypercallOutcome features(Vcpu& caller, const HypercallArguments& arguments) {
  GuestHandle<xen_feature_info_t> handle{arguments[1]};
  xen_feature_info_t info = TRY(handle.read(caller));
  if (info.submap_idx >= XENFEAT_NR_SUBMAPS) return Failure{XEN_EINVAL};
  info.submap = arch::feature_map(caller.domain());
  return handle.write(caller, info);
}

HypercallOutcome page_bytes(Vcpu&, const HypercallArguments& arguments) {
  // The call has no argument; one that is given is refused, as ever.
  if (arguments[1] != 0) return Failure{XEN_EINVAL};
  return static_cast<i64>(page_size);
}

HypercallOutcome guest_handle(Vcpu& caller, const HypercallArguments& arguments) {
  TextReply<xen_domain_handle_t> answer;
  std::copy_n(caller.domain().handle(), std::size(answer.text), answer.text);
  return GuestHandle<TextReply<xen_domain_handle_t>>{arguments[1]}.write(caller, answer);
}

HypercallOutcome boot_command_line(Vcpu& caller, const HypercallArguments& arguments) {
  return reply<xen_commandline_t>(caller, arguments, caller.domain().is_control() ? command_line : "<denied>");
}

// The image carries no build ID.
HypercallOutcome build_id(Vcpu&, const HypercallArguments&) { return Failure{XEN_ENODATA}; }

constexpr HypercallRow rows[] = {
    {XENVER_version, "version", Caller::any, version},
    {XENVER_extraversion, "extraversion", Caller::any, extra_version},
    {XENVER_compile_info, "compile_info", Caller::any, compile_information},
    {XENVER_capabilities, "capabilities", Caller::any, capabilities},
    {XENVER_changeset, "changeset", Caller::any, changeset},
    {XENVER_platform_parameters, "platform_parameters", Caller::any, platform_parameters},
    {XENVER_get_features, "get_features", Caller::any, features},
    {XENVER_pagesize, "pagesize", Caller::any, page_bytes},
    {XENVER_guest_handle, "guest_handle", Caller::any, guest_handle},
    {XENVER_commandline, "commandline", Caller::any, boot_command_line},
    {XENVER_build_id, "build_id", Caller::control, build_id},
};

}  // namespace

HypercallOutcome version_op(Vcpu& caller, const HypercallArguments& arguments) {
  return dispatch(rows, static_cast<u32>(arguments[0]), caller, arguments);
}

void set_command_line(std::string_view text) { fill(command_line, text); }

}  // namespace xenolith
