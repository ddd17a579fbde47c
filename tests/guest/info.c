/* SPDX-License-Identifier: MIT */
/* TDG.VP.INFO, TDG.VM.RD, TDG.VM.WR, and what the dispatcher refuses. TDX Module ABI
 * specification. */
#include <tdx/args.h>
#include <tdx/field.h>
#include <tdx/types.h>

#include "tests/guest/runtime.h"

/* A field id that no field has. */
#define FIELD_UNKNOWN UINT64_C(0x1110000300fffff0)
#define VECTOR_GP     13

static void test_vp_info(void)
{
	struct tdx_module_args args = { .r10 = 0x55, .r11 = 0x55 };

	is(__tdcall_ret(TDG_VP_INFO, &args), TDX_SUCCESS, "VP.INFO");
	is(args.rcx, 48, "GPA width");
	ok(args.rdx & TDX_ATTR_SEPT_VE_DISABLE, "ATTRIBUTES.SEPT_VE_DISABLE");
	ok(low32(args.r8) >= 1 && low32(args.r8) <= high32(args.r8), "VCPUs");
	is(args.r9, 0, "index of this one");
	is(args.r10, 1, "SYS_RD");
	is(args.r11, 0, "R11");
}

static void test_read(void)
{
	struct tdx_module_args args = { .rcx = 1, .rdx = TDX_FIELD_TD_ATTRIBUTES };
	uint64_t value;

	is(tdg_vm_rd(TDX_FIELD_TD_ATTRIBUTES, &value), TDX_SUCCESS, "VM.RD ATTRIBUTES");
	is(value, vp_info.attributes, "as in VP.INFO");
	is(tdg_vm_rd(TDX_FIELD_TD_XFAM, &value), TDX_SUCCESS, "VM.RD XFAM");
	is(value & 3, 3, "x87 and SSE");
	is(tdg_vm_rd(TDX_FIELD_TD_CONFIG_FLAGS, &value), TDX_SUCCESS, "VM.RD CONFIG_FLAGS");
	is(tdg_vm_rd(TDX_FIELD_TD_CTLS, &value), TDX_SUCCESS, "VM.RD TD_CTLS");
	is(value & 1, 1, "PENDING_VE_DISABLE, as ATTRIBUTES says");
	is(tdg_vm_rd(FIELD_UNKNOWN, &value), TDX_METADATA_FIELD_ID_INCORRECT,
	   "VM.RD of an unknown field");
	is(value, 0, "its value is 0");
	is(__tdcall_ret(TDG_VM_RD, &args), TDX_OPERAND_INVALID | TDX_RCX, "RCX is 0");
}

static void test_write(void)
{
	uint64_t previous, value;

	is(tdg_vm_wr(TDX_FIELD_TD_NOTIFY_ENABLES, 1, UINT64_MAX, &previous), TDX_SUCCESS,
	   "VM.WR NOTIFY_ENABLES");
	is(previous, 0, "was 0");
	tdg_vm_rd(TDX_FIELD_TD_NOTIFY_ENABLES, &value);
	is(value, 1, "is 1");
	is(tdg_vm_wr(UINT64_C(0x9100000000000010), 0, UINT64_MAX, &previous), TDX_SUCCESS,
	   "VM.WR by class and code only, as Linux does");
	is(previous, 1, "was 1");
	is(tdg_vm_wr(TDX_FIELD_TD_ATTRIBUTES, 0, UINT64_MAX, &previous),
	   TDX_METADATA_FIELD_NOT_WRITABLE, "VM.WR ATTRIBUTES");
	is(tdg_vm_wr(TDX_FIELD_TD_NOTIFY_ENABLES, 1, 0, &previous), TDX_METADATA_FIELD_NOT_WRITABLE,
	   "VM.WR with an empty mask");
	is(tdg_vm_wr(FIELD_UNKNOWN, 0, UINT64_MAX, &previous), TDX_METADATA_FIELD_ID_INCORRECT,
	   "VM.WR of an unknown field");
}

static struct tdx_cpuid_value cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct tdx_cpuid_value v;

	__asm__ volatile("cpuid"
			 : "=a"(v.eax), "=b"(v.ebx), "=c"(v.ecx), "=d"(v.edx)
			 : "a"(leaf), "c"(subleaf));
	return v;
}

/* The reference VMM gives its VCPU an x2APIC id, so the TD may ask for less #VEs, as Linux does. */
static void test_td_ctls(void)
{
	uint64_t previous, value;

	tdg_vm_rd(UINT64_C(0x9100000000000019), &value);
	is(value, 1, "TOPOLOGY_ENUM_CONFIGURED");
	ATTEMPT("cpuid", : : "a"(0xb), "c"(0) : ATTEMPT_CLOBBERS, "rbx", "rdx");
	is(attempt.vector, TDX_VE_VECTOR, "CPUID leaf 0xB is a #VE");
	is(tdg_vm_wr(TDX_FIELD_TD_CTLS, TDX_TD_CTLS_REDUCE_VE, TDX_TD_CTLS_REDUCE_VE, &previous),
	   TDX_SUCCESS, "REDUCE_VE");
	is(cpuid(0xb, 0).ebx, 1, "one thread a core");
	is(cpuid(0x1f, 1).ebx, 1, "one core");
	is(cpuid(0x1f, 1).edx, 0, "the id that the VMM gave");
	is(cpuid(0x2, 0).eax, 0x00feff01, "leaf 2 says: see leaf 4");
	is(cpuid(0x16, 0).eax, 0, "a leaf that is not there is 0");
	ATTEMPT("rdmsr", : : "c"(0x179) : ATTEMPT_CLOBBERS, "rdx");
	is(attempt.vector, VECTOR_GP, "an MSR that is not there is a #GP");
	ATTEMPT("rdmsr", : : "c"(0x803) : ATTEMPT_CLOBBERS, "rdx");
	is(attempt.vector, TDX_VE_VECTOR, "the VMM's part of the local APIC is still a #VE");
	ATTEMPT("cpuid", : : "a"(0x40000000), "c"(0) : ATTEMPT_CLOBBERS, "rbx", "rdx");
	is(attempt.vector, TDX_VE_VECTOR, "and so are the leaves of the VMM");
	is(tdg_vm_wr(TDX_FIELD_TD_CTLS, TDX_TD_CTLS_LOCK, TDX_TD_CTLS_LOCK, &previous), TDX_SUCCESS,
	   "LOCK");
	is(tdg_vm_wr(TDX_FIELD_TD_CTLS, 0, TDX_TD_CTLS_REDUCE_VE, &previous),
	   TDX_METADATA_FIELD_CURRENTLY_NOT_WRITABLE, "nothing of TD_CTLS can be changed then");
}

static void test_dispatch(void)
{
	struct tdx_module_args args = { 0 };
	uint64_t invalid = TDX_OPERAND_INVALID | TDX_RAX;

	is(__tdcall(99, &args), invalid, "an unknown leaf");
	is(__tdcall(0xffff, &args), invalid, "the highest leaf");
	is(__tdcall(TDG_VP_INFO | UINT64_C(1) << 24, &args), invalid, "RAX bit 24");
	is(__tdcall(TDG_VP_INFO | UINT64_C(1) << 63, &args), invalid, "RAX bit 63");
	is(__tdcall(TDG_VP_INFO | 1 << TDX_VERSION_SHIFT, &args), invalid,
	   "version 1 of a leaf that has none");
	is(__tdcall(TDG_VP_INVEPT, &args) >> 63, 1, "a leaf of TD partitioning fails");
}

void guest_test(void)
{
	test_vp_info();
	test_read();
	test_write();
	test_dispatch();
	test_td_ctls();
}
