/* SPDX-License-Identifier: MIT */
/* x2APIC ids, and what TD_CTLS makes of CPUID, MSRs and #VE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <tdx/field.h>

#include "host/tdh.h"
#include "lib/bits.h"
#include "module/cpuid.h"
#include "module/msr.h"
#include "module/topology.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

#define FIELD_CONFIGURED UINT64_C(0x9100000000000019)
#define MSR_X2APIC_ID	 0x802

static struct test_td td;

static int setup(void **state)
{
	machine_ready();
	test_td_build(&td, TD_READY);
	return 0;
}

static void finish(const uint32_t *ids, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		test_td_add_vcpu_with_id(&td, ids[i]);
	test_td_finalize(&td);
}

static uint64_t set_td_ctls(uint64_t value, uint64_t mask)
{
	uint64_t regs[TDX_GPR_COUNT] = {
		[TDX_RDX] = TDX_FIELD_TD_CTLS, [TDX_R8] = value, [TDX_R9] = mask
	};

	return td_guest_tdcall(&td, 0, TDG_VM_WR, regs);
}

static uint64_t configured(void)
{
	uint64_t regs[TDX_GPR_COUNT] = { [TDX_RDX] = FIELD_CONFIGURED };

	assert_int_equal(td_guest_tdcall(&td, 0, TDG_VM_RD, regs), TDX_SUCCESS);
	return regs[TDX_R8];
}

static bool cpuid(unsigned int vcpu, uint32_t leaf, uint32_t subleaf, struct tdx_cpuid_value *v)
{
	return cpuid_execute(test_vcpu(&td, vcpu), test_tdr(&td), leaf, subleaf, v);
}

static void assert_cpuid(unsigned int vcpu, uint32_t leaf, uint32_t subleaf, uint32_t eax,
			 uint32_t ebx, uint32_t ecx, uint32_t edx)
{
	struct tdx_cpuid_value v;

	assert_true(cpuid(vcpu, leaf, subleaf, &v));
	assert_int_equal(v.eax, eax);
	assert_int_equal(v.ebx, ebx);
	assert_int_equal(v.ecx, ecx);
	assert_int_equal(v.edx, edx);
}

static void assert_cpuid_ve(uint32_t leaf)
{
	struct tdx_cpuid_value v;

	assert_false(cpuid(0, leaf, 0, &v));
}

static enum msr_result rdmsr(uint32_t msr, uint64_t *value)
{
	struct guest g = td_guest(&td, 0);

	*value = 0;
	return msr_read(&g, msr, value);
}

static void assert_msr(uint32_t msr, enum msr_result reading, enum msr_result writing)
{
	struct guest g = td_guest(&td, 0);
	uint64_t value;

	assert_int_equal(rdmsr(msr, &value), reading);
	assert_int_equal(msr_write(&g, msr, 0), writing);
}

static void test_ids_differ(void **state)
{
	struct hpa second;

	test_td_add_vcpu_with_id(&td, 7);
	second = test_td_create_vcpu(&td, TDVPS_PAGES);
	assert_refused(TDX_X2APIC_ID_NOT_UNIQUE, TDH_VP_INIT | SEAM_V1, second.pa, 0, 7, 0);
	assert_refused(INVALID(R8), TDH_VP_INIT | SEAM_V1, second.pa, 0, bit(32), 0);
	assert_refused(INVALID(R8), TDH_VP_INIT | SEAM_V1, second.pa, 0, UINT32_MAX, 0);
	assert_int_equal(tdh_vp_init_x2apic(second, 0, 0), TDX_SUCCESS);
	assert_int_equal(test_tdcs(&td)->vcpu_count, 2);
	assert_int_equal(topology_id(test_tdr(&td), 1), 0);
}

static void test_no_more_than_max_vcpus(void **state)
{
	const uint32_t ids[TEST_MAX_VCPUS] = { 3, 2, 1, 0 };
	struct hpa last;

	for (unsigned int i = 0; i < TEST_MAX_VCPUS; i++)
		test_td_add_vcpu_with_id(&td, ids[i]);
	last = test_td_create_vcpu(&td, TDVPS_PAGES);
	assert_refused(TDX_MAX_VCPUS_EXCEEDED, TDH_VP_INIT | SEAM_V1, last.pa, 0, 9, 0);
	assert_refused(TDX_MAX_VCPUS_EXCEEDED, TDH_VP_INIT, last.pa, 0, 0, 0);
}

static void test_limit_of_a_td(void **state)
{
	struct tdx_td_params params = test_td_params();
	struct test_td other;

	machine_ready();
	test_td_build(&other, TD_ADDED);
	params.max_vcpus = TOPOLOGY_MAX_VCPUS + 1;
	assert_refused(TDX_OPERAND_INVALID | TDX_OPERAND_ID_MAX_VCPUS, TDH_MNG_INIT, other.tdr.pa,
		       test_td_write_params(&params).pa, 0, 0);
	params.max_vcpus = TOPOLOGY_MAX_VCPUS;
	assert_int_equal(
		seam(TDH_MNG_INIT, other.tdr.pa, test_td_write_params(&params).pa, 0, 0).status,
		TDX_SUCCESS);
}

/* One VCPU that came without an id spoils it for the TD. */
static void test_some_without_id(void **state)
{
	test_td_add_vcpu_with_id(&td, 0);
	test_td_add_vcpu(&td);
	test_td_add_vcpu(&td);
	test_td_finalize(&td);
	assert_int_equal(configured(), 0);
	assert_int_equal(set_td_ctls(TDX_TD_CTLS_ENUM_TOPOLOGY, TDX_TD_CTLS_ENUM_TOPOLOGY),
			 TDX_METADATA_FIELD_VALUE_NOT_VALID);
	assert_int_equal(set_td_ctls(TDX_TD_CTLS_REDUCE_VE, TDX_TD_CTLS_REDUCE_VE),
			 TDX_METADATA_FIELD_VALUE_NOT_VALID);
	assert_int_equal(set_td_ctls(TDX_TD_CTLS_VIRT_CPUID2, TDX_TD_CTLS_VIRT_CPUID2),
			 TDX_SUCCESS);
	assert_cpuid(0, 2, 0, 0x00feff01, 0xf0, 0, 0);
	assert_cpuid_ve(0xb);
	assert_cpuid_ve(0x1f);
}

static void test_enum_topology(void **state)
{
	const uint32_t ids[] = { 0, 5, 2 };
	uint64_t value;

	finish(ids, 3);
	assert_int_equal(configured(), 1);
	assert_cpuid_ve(0xb);
	assert_msr(MSR_X2APIC_ID, MSR_VE, MSR_VE);
	assert_int_equal(set_td_ctls(TDX_TD_CTLS_ENUM_TOPOLOGY, TDX_TD_CTLS_ENUM_TOPOLOGY),
			 TDX_SUCCESS);
	for (uint32_t leaf = 0xb; leaf <= 0x1f; leaf += 0x1f - 0xb) {
		for (unsigned int i = 0; i < 3; i++) {
			assert_cpuid(i, leaf, 0, 0, 1, 0x100, ids[i]);
			assert_cpuid(i, leaf, 1, 3, 3, 0x201, ids[i]);
			assert_cpuid(i, leaf, 2, 0, 0, 2, ids[i]);
			assert_cpuid(i, leaf, 0x101, 0, 0, 1, ids[i]);
		}
	}
	assert_cpuid_ve(0x2);
	assert_cpuid_ve(0x16);
	assert_int_equal(rdmsr(MSR_X2APIC_ID, &value), MSR_DONE);
	assert_int_equal(value, 0);
	assert_msr(0x179, MSR_VE, MSR_VE);
	assert_int_equal(set_td_ctls(0, TDX_TD_CTLS_ENUM_TOPOLOGY), TDX_SUCCESS);
	assert_cpuid_ve(0x1f);
}

static void test_initial_apic_id(void **state)
{
	const uint32_t ids[] = { 0x109, 0x20 };
	struct tdx_cpuid_value v;

	finish(ids, 2);
	assert_true(cpuid(1, 1, 0, &v));
	assert_int_equal(v.ebx >> 24, 1); /* the index */
	assert_int_equal(set_td_ctls(TDX_TD_CTLS_ENUM_TOPOLOGY, TDX_TD_CTLS_ENUM_TOPOLOGY),
			 TDX_SUCCESS);
	assert_true(cpuid(0, 1, 0, &v));
	assert_int_equal(v.ebx >> 24, 9);
	assert_true(cpuid(1, 1, 0, &v));
	assert_int_equal(v.ebx >> 24, 0x20);
}

static void test_reduce_ve(void **state)
{
	const uint32_t ids[] = { 1 };
	const uint32_t absent[] = { 0x6,  0x9,	0xc,  0xf,	  0x10,	     0x16,
				    0x17, 0x18, 0x1a, 0x80000002, 0x80000006 };
	const uint32_t gone[] = { 0x3a,	 0xce,	0xfe,	0x140,	    0x179,     0x200,
				  0x2ff, 0x400, 0x1fff, 0xc0000083, 0xc0001fff };
	const uint32_t of_vmm[] = { 0x1b,  0x8b,  0x803,  0x80d,      0x80f,	 0x828,
				    0x830, 0x838, 0x2000, 0x4b564d05, 0xc0010000 };
	struct tdx_cpuid_value v;

	finish(ids, 1);
	assert_true(cpuid(0, 1, 0, &v));
	assert_int_equal(v.edx & 0x5080, 0x5080);
	assert_int_equal(set_td_ctls(TDX_TD_CTLS_REDUCE_VE, UINT64_MAX & ~UINT64_C(1)),
			 TDX_SUCCESS);
	for (unsigned int i = 0; i < ARRAY_SIZE(absent); i++)
		assert_cpuid(0, absent[i], 0, 0, 0, 0, 0);
	assert_cpuid(0, 0x2, 0, 0x00feff01, 0xf0, 0, 0);
	assert_cpuid(0, 0xb, 1, 1, 1, 0x201, 1);
	assert_cpuid(0, 4, 5, 0, 0, 0, 0);
	assert_true(cpuid(0, 1, 0, &v));
	assert_int_equal(v.edx & 0x5080, 0); /* MCE, MTRR, MCA */
	assert_cpuid_ve(0x40000000);
	assert_cpuid_ve(0x4fffffff);
	for (unsigned int i = 0; i < ARRAY_SIZE(gone); i++)
		assert_msr(gone[i], MSR_GP, MSR_GP);
	for (unsigned int i = 0; i < ARRAY_SIZE(of_vmm); i++)
		assert_msr(of_vmm[i], MSR_VE, MSR_VE);
	/* A #VE that the guest has asked for itself comes all the same. */
	test_vcpu(&td, 0)->cpuid_supervisor_ve = 1;
	assert_cpuid_ve(0x16);
	assert_cpuid_ve(0x1);
}

static void test_lock(void **state)
{
	const uint32_t ids[] = { 0 };

	finish(ids, 1);
	assert_int_equal(set_td_ctls(TDX_TD_CTLS_LOCK | TDX_TD_CTLS_VIRT_CPUID2,
				     TDX_TD_CTLS_LOCK | TDX_TD_CTLS_VIRT_CPUID2),
			 TDX_SUCCESS);
	assert_int_equal(set_td_ctls(0, TDX_TD_CTLS_LOCK),
			 TDX_METADATA_FIELD_CURRENTLY_NOT_WRITABLE);
	assert_int_equal(set_td_ctls(TDX_TD_CTLS_REDUCE_VE, TDX_TD_CTLS_REDUCE_VE),
			 TDX_METADATA_FIELD_CURRENTLY_NOT_WRITABLE);
	assert_int_equal(set_td_ctls(0, bit(5)), TDX_METADATA_FIELD_NOT_WRITABLE);
	assert_int_equal(test_tdcs(&td)->td_ctls & ~UINT64_C(1),
			 TDX_TD_CTLS_LOCK | TDX_TD_CTLS_VIRT_CPUID2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_ids_differ, setup),
		cmocka_unit_test_setup(test_no_more_than_max_vcpus, setup),
		cmocka_unit_test_setup(test_limit_of_a_td, setup),
		cmocka_unit_test_setup(test_some_without_id, setup),
		cmocka_unit_test_setup(test_enum_topology, setup),
		cmocka_unit_test_setup(test_initial_apic_id, setup),
		cmocka_unit_test_setup(test_reduce_ve, setup),
		cmocka_unit_test_setup(test_lock, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
