/* SPDX-License-Identifier: MIT */
/* Beside the entry to a guest and the exit from it, for the assembly of SVM and VMX. speculation.cpp sets the switches at boot.
   A mispredicted look at a switch may pass by what it guards; what comes after is held back by the LFENCE at the end. */

/* Behind an exit, before the first return or indirect branch, when the guest's general registers have been stored. Changes RAX, RCX, RDX
   and flags; uses 256 bytes of stack. */
  .macro SPECULATION_AFTER_EXIT
  cmpb $0, speculation_ibpb_after_exit(%rip)
  je .Lno_barrier\@
  mov $0x49, %ecx         /* PRED_CMD: issue the barrier */
  mov $1, %eax
  xor %edx, %edx
  wrmsr
.Lno_barrier\@:
  cmpb $0, speculation_stuff_rsb(%rip)
  je .Lno_stuffing\@
  /* 32 calls, so that no return up the stack is predicted by what the guest called: AMD, "Software Techniques for Managing
     Speculation on AMD Processors", mitigation V2-3. Each goes to a place that catches speculation. */
  mov $16, %ecx
.Lagain\@:
  call .Lfirst\@
.Lcatch1\@:
  pause
  lfence
  jmp .Lcatch1\@
.Lfirst\@:
  call .Lsecond\@
.Lcatch2\@:
  pause
  lfence
  jmp .Lcatch2\@
.Lsecond\@:
  dec %ecx
  jnz .Lagain\@
  add $256, %rsp
.Lno_stuffing\@:
  cmpb $0, speculation_switches_spec_ctrl(%rip)
  je .Lno_switch\@
  mov $0x48, %ecx         /* SPEC_CTRL: written at each exit, also unchanged, as older processors want for IBRS */
  mov speculation_host_spec_ctrl(%rip), %eax
  xor %edx, %edx
  wrmsr
.Lno_switch\@:
  lfence
  .endm

/* Late before an entry, before the guest's flags are loaded: overwrites the buffers that may hold the hypervisor's data. Changes flags. */
  .macro SPECULATION_BEFORE_ENTRY
  cmpb $0, speculation_verw(%rip)
  je .Lno_verw\@
  verw speculation_verw_selector(%rip)
.Lno_verw\@:
  .endm
