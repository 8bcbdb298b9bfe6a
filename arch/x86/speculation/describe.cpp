// SPDX-License-Identifier: MIT
#include "arch/x86/speculation/describe.hpp"

#include <algorithm>
#include <string_view>

namespace xenolith::speculation {
namespace {

class Line {
 public:
  explicit Line(std::span<char> to) : to_{to} {}

  // Adds the word after a space; all of it or nothing.
  Line& word(std::string_view text, bool wanted = true) {
    size_t gap = length_ > 0 ? 1 : 0;
    if (!wanted || length_ + gap + text.size() > to_.size()) return *this;
    if (gap) to_[length_++] = ' ';
    std::copy(text.begin(), text.end(), to_.begin() + static_cast<std::ptrdiff_t>(length_));
    length_ += text.size();
    return *this;
  }
  size_t length() const { return length_; }

 private:
  std::span<char> to_;
  size_t length_ = 0;
};

struct Hint {
  u64 bit;
  std::string_view name;
};
constexpr Hint hints[] = {
    {capability::rdcl_no, "RDCL_NO"},       {capability::ibrs_all, "IBRS_ALL"},   {capability::rsba, "RSBA"},
    {capability::skip_l1d_flush, "SKIP_L1DFL"}, {capability::ssb_no, "SSB_NO"},   {capability::mds_no, "MDS_NO"},
    {capability::taa_no, "TAA_NO"},         {capability::sbdr_ssdp_no, "SBDR_SSDP_NO"}, {capability::fbsdp_no, "FBSDP_NO"},
    {capability::psdp_no, "PSDP_NO"},       {capability::fb_clear, "FB_CLEAR"},   {capability::rrsba, "RRSBA"},
    {capability::bhi_no, "BHI_NO"},         {capability::pbrsb_no, "PBRSB_NO"},   {capability::gds_no, "GDS_NO"},
    {capability::rfds_no, "RFDS_NO"},
};
constexpr Hint amd_hints[] = {
    {leaf8::ibrs_always, "IBRS_ALWAYS"}, {leaf8::stibp_always, "STIBP_ALWAYS"}, {leaf8::ibrs_preferred, "IBRS_FAST"},
    {leaf8::ibrs_same_mode, "IBRS_SAME_MODE"}, {leaf8::ssb_no, "SSB_NO"}, {leaf8::btc_no, "BTC_NO"},
    {leaf8::ibpb_clears_returns, "IBPB_RET"},
};

}  // namespace

size_t describe_hints(const SpeculationFacts& facts, std::span<char> to) {
  Line line{to};
  for (const Hint& hint : hints) line.word(hint.name, facts.capabilities & hint.bit);
  for (const Hint& hint : amd_hints) line.word(hint.name, facts.leaf8_ebx & hint.bit);
  return line.length();
}

size_t describe_features(const SpeculationFacts& facts, std::span<char> to) {
  Line line{to};
  line.word("IBRS", facts.has_ibrs()).word("IBPB", facts.has_ibpb()).word("STIBP", facts.has_stibp());
  line.word("SSBD", facts.has_ssbd()).word("PSFD", facts.has_psfd());
  line.word("L1D_FLUSH", facts.has_l1d_flush()).word("MD_CLEAR", facts.has_md_clear());
  return line.length();
}

size_t describe_settings(const Mitigations& made, std::span<char> to) {
  Line line{to};
  u32 set = made.host_spec_ctrl;
  line.word("BTI-Thunk:");
  line.word(made.thunk == Thunk::retpoline ? "RETPOLINE," : made.thunk == Thunk::lfence ? "LFENCE," : "JMP,");
  line.word("SPEC_CTRL:").word(set & control::ibrs ? "IBRS+" : "IBRS-").word(set & control::stibp ? "STIBP+" : "STIBP-");
  line.word(set & control::ssbd ? "SSBD+" : "SSBD-").word(set & control::psfd ? "PSFD+," : "PSFD-,");
  line.word("Other:").word("L1D_FLUSH", made.l1d_flush).word("VERW", made.verw).word("IBPB-ctxt", made.ibpb_between_vcpus);
  return line.length();
}

size_t describe_guests(const Mitigations& made, std::span<char> to) {
  Line line{to};
  line.word("MSR_SPEC_CTRL", made.guests_have_spec_ctrl).word("MSR_PRED_CMD", made.guests_have_ibpb);
  line.word("RSB", made.stuff_rsb).word("VERW", made.verw).word("IBPB-entry", made.ibpb_after_exit);
  if (line.length() == 0) line.word("None");
  return line.length();
}

}  // namespace xenolith::speculation
