/* SPDX-License-Identifier: MIT */
/* What a TD does, for tests: a script of exits for the fake CPU, entered through TDH.VP.ENTER. */
#ifndef TESTS_LIB_TD_GUEST_H
#define TESTS_LIB_TD_GUEST_H

#include <stddef.h>
#include <stdint.h>

#include <tdx/args.h>
#include <tdx/leaf.h>
#include <tdx/status.h>
#include <tdx/ve.h>

#include "cpu/backend.h"
#include "cpu/fake/fake_cpu.h"
#include "module/guest.h"
#include "tests/lib/td_builder.h"

#define TD_GUEST_LAST_VECTOR 0x51 /* the physical interrupt that ends a script */

/* The VCPU as the module's functions take it, past all locks. */
struct guest td_guest(const struct test_td *td, unsigned int vcpu);
/* Its state in the fake CPU. */
struct fake_vcpu *td_guest_cpu(const struct test_td *td, unsigned int vcpu);

/*
 * TDH.VP.ENTER: the guest makes these exits in turn, then a physical interrupt arrives. Returns
 * RAX; *out, when not null, is what the VMM gets in the other registers. *made, when not null: how
 * many exits there were.
 */
uint64_t td_guest_run(const struct test_td *td, unsigned int vcpu, const struct cpu_exit *exits,
		      size_t count, struct tdx_module_args *out, size_t *made);

/*
 * One TDCALL with these registers, in 64-bit mode at CPL 0; regs are the guest's afterwards.
 * Returns RAX; the TDCALL must end without TD exit.
 */
uint64_t td_guest_tdcall(const struct test_td *td, unsigned int vcpu, uint64_t rax,
			 uint64_t regs[TDX_GPR_COUNT]);
/* The same, where the TDCALL ends with a TD exit: what TDH.VP.ENTER returns. */
uint64_t td_guest_tdcall_exit(const struct test_td *td, unsigned int vcpu, uint64_t rax,
			      const uint64_t regs[TDX_GPR_COUNT], struct tdx_module_args *out);

#endif
