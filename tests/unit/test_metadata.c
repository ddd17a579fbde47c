/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "host/tdh.h"
#include "lib/bits.h"
#include "module/metadata.h"
#include "module/sys.h"
#include "tests/lib/machine.h"
#include "tests/lib/seam.h"
#include "tests/lib/td_guest.h"

#define FIELD_CONFIG_FLAGS UINT64_C(0x1110000300000016)
#define FIELD_RAX	   UINT64_C(0x1020000300000000)
#define FIELD_RBP	   UINT64_C(0x1020000300000005)
#define FIELD_CPUID_VALUES UINT64_C(0x9410000300000000)
#define FIELD_RIP	   UINT64_C(0x002000030000681e)
#define CONTEXT_MASK	   bit_range(54, 52)
#define SIZE_SHIFT	   32

#define FEATURE_TDG_VP_RD_WR  bit(3)
#define FEATURE_CPUID_CONTROL bit(5)
#define FEATURE_VERIFYREPORT  bit(8)
#define FEATURE_ARCH_CAPS     bit(11)
#define FEATURE_TOPOLOGY_ENUM bit(20)

static struct test_td td;

static void build(uint64_t attributes, uint64_t config_flags)
{
	struct tdx_td_params params = test_td_params();

	params.attributes = attributes;
	params.config_flags = config_flags;
	machine_ready();
	test_td_build_with(&td, &params, TD_FINAL);
}

static int setup(void **state)
{
	build(TDX_ATTR_SEPT_VE_DISABLE, TDX_CONFIG_NO_RBP_MOD);
	return 0;
}

static int setup_debug(void **state)
{
	build(TDX_ATTR_SEPT_VE_DISABLE | TDX_ATTR_DEBUG, TDX_CONFIG_NO_RBP_MOD);
	return 0;
}

static struct metadata_scope scope(enum tdx_field_context context, enum metadata_accessor accessor)
{
	return (struct metadata_scope){ context, accessor, test_tdr(&td), test_tdcs(&td),
					test_vcpu(&td, 0) };
}

static uint64_t read(enum tdx_field_context context, enum metadata_accessor accessor, uint64_t id)
{
	struct metadata_scope s = scope(context, accessor);
	uint64_t value;

	assert_int_equal(metadata_read(&s, id, &value), TDX_SUCCESS);
	return value;
}

static void assert_unreadable(enum tdx_field_context context, enum metadata_accessor accessor,
			      uint64_t id, uint64_t status)
{
	struct metadata_scope s = scope(context, accessor);
	uint64_t value = 1;

	assert_int_equal(metadata_read(&s, id, &value), status);
	assert_int_equal(value, 0);
}

static void test_only_class_and_code_count(void **state)
{
	uint64_t flags = read(TDX_CONTEXT_TD, METADATA_GUEST, FIELD_CONFIG_FLAGS);
	uint64_t bare = FIELD_CONFIG_FLAGS & ~(CONTEXT_MASK | UINT64_C(3) << SIZE_SHIFT | bit(63));

	assert_int_equal(flags, TDX_CONFIG_NO_RBP_MOD);
	assert_int_equal(read(TDX_CONTEXT_TD, METADATA_GUEST, bare), flags);
	assert_int_equal(read(TDX_CONTEXT_TD, METADATA_GUEST, bare | bit(63) | bit(51) | bit(50)),
			 flags);
	for (unsigned int b = 34; b <= 49; b++)
		assert_unreadable(TDX_CONTEXT_TD, METADATA_GUEST, bare | bit(b),
				  TDX_METADATA_FIELD_ID_INCORRECT);
	assert_unreadable(TDX_CONTEXT_TD, METADATA_GUEST, bare | bit(24),
			  TDX_METADATA_FIELD_ID_INCORRECT);
	assert_unreadable(TDX_CONTEXT_TD, METADATA_GUEST, bare | bit(62),
			  TDX_METADATA_FIELD_ID_INCORRECT);
	assert_unreadable(TDX_CONTEXT_VP, METADATA_GUEST, FIELD_CONFIG_FLAGS,
			  TDX_METADATA_FIELD_ID_INCORRECT);
}

static void test_elements(void **state)
{
	uint64_t words[6];

	memcpy(words, test_tdcs(&td)->mrtd, sizeof(words));
	for (unsigned int i = 0; i < 6; i++)
		assert_int_equal(read(TDX_CONTEXT_TD, METADATA_HOST, TDX_FIELD_TD_MRTD + i),
				 words[i]);
	assert_unreadable(TDX_CONTEXT_TD, METADATA_HOST, TDX_FIELD_TD_MRTD + 6,
			  TDX_METADATA_FIELD_ID_INCORRECT);
	test_tdcs(&td)->rtmr[3][40] = 0x5a; /* the last word of the last register */
	assert_int_equal(read(TDX_CONTEXT_TD, METADATA_GUEST, TDX_FIELD_TD_RTMR + 23), 0x5a);
}

static void test_who_may_see(void **state)
{
	assert_unreadable(TDX_CONTEXT_TD, METADATA_HOST, TDX_FIELD_TD_RTMR,
			  TDX_METADATA_FIELD_NOT_READABLE);
	assert_unreadable(TDX_CONTEXT_TD, METADATA_HOST, TDX_FIELD_TD_CTLS,
			  TDX_METADATA_FIELD_NOT_READABLE);
	assert_unreadable(TDX_CONTEXT_VP, METADATA_HOST, FIELD_RAX,
			  TDX_METADATA_FIELD_NOT_READABLE);
	assert_unreadable(TDX_CONTEXT_VP, METADATA_GUEST, FIELD_RAX,
			  TDX_METADATA_FIELD_NOT_READABLE);
	assert_unreadable(TDX_CONTEXT_SYS, METADATA_GUEST, TDX_FIELD_SYS_TDCS_BASE_SIZE,
			  TDX_METADATA_FIELD_NOT_READABLE);
	assert_int_equal(read(TDX_CONTEXT_TD, METADATA_HOST_DEBUG, TDX_FIELD_TD_CTLS),
			 TDX_TD_CTLS_PENDING_VE_DISABLE);
}

static void test_what_the_module_announces(void **state)
{
	uint64_t features = read(TDX_CONTEXT_SYS, METADATA_HOST, TDX_FIELD_SYS_TDX_FEATURES0);

	/* No migration, TD preserving, service TDs, partitioning, host-priority locks. */
	assert_int_equal(features,
			 TDX_FEATURES0_NO_RBP_MOD | TDX_FEATURES0_PENDING_EPT_VIOLATION_V2 |
				 FEATURE_TDG_VP_RD_WR | FEATURE_CPUID_CONTROL |
				 FEATURE_VERIFYREPORT | FEATURE_ARCH_CAPS | FEATURE_TOPOLOGY_ENUM);
	assert_int_equal(read(TDX_CONTEXT_SYS, METADATA_HOST, TDX_FIELD_SYS_TDCS_BASE_SIZE), 24576);
	assert_int_equal(read(TDX_CONTEXT_SYS, METADATA_HOST, TDX_FIELD_SYS_TDVPS_BASE_SIZE),
			 24576);
	assert_int_equal(read(TDX_CONTEXT_SYS, METADATA_HOST, TDX_FIELD_SYS_NUM_CPUID_CONFIG), 12);
	assert_int_equal(read(TDX_CONTEXT_SYS, METADATA_HOST, UINT64_C(0x9000000300000080)),
			 machine.cmrs[0].base);
	assert_int_equal(read(TDX_CONTEXT_SYS, METADATA_HOST, UINT64_C(0x9900000300000400)),
			 make64(UINT32_MAX, 1));
	assert_int_equal(read(TDX_CONTEXT_SYS, METADATA_HOST, UINT64_C(0x9900000300000500)),
			 make64(0x00ff0000, 0x0fff3fff));
}

static uint64_t write(enum tdx_field_context context, enum metadata_accessor accessor, uint64_t id,
		      uint64_t value, uint64_t mask)
{
	struct metadata_scope s = scope(context, accessor);
	uint64_t old;
	uint64_t status = metadata_write(&s, id, value, mask, &old);

	assert_true(status == TDX_SUCCESS || old == 0);
	return status;
}

/* What Linux does at boot. */
static void test_td_ctls(void **state)
{
	assert_int_equal(write(TDX_CONTEXT_TD, METADATA_GUEST, TDX_FIELD_TD_CTLS, 16, 16),
			 TDX_METADATA_FIELD_NOT_WRITABLE);
	assert_int_equal(write(TDX_CONTEXT_TD, METADATA_GUEST, TDX_FIELD_TD_CTLS, 1, 1),
			 TDX_SUCCESS);
	assert_int_equal(write(TDX_CONTEXT_TD, METADATA_GUEST, TDX_FIELD_TD_CTLS, 0, 1),
			 TDX_METADATA_FIELD_VALUE_NOT_VALID);
	assert_int_equal(test_tdcs(&td)->td_ctls, TDX_TD_CTLS_PENDING_VE_DISABLE);
	build(0, TDX_CONFIG_FLEXIBLE_PENDING_VE);
	assert_int_equal(test_tdcs(&td)->td_ctls, 0);
	assert_int_equal(write(TDX_CONTEXT_TD, METADATA_GUEST, TDX_FIELD_TD_CTLS, 1, 1),
			 TDX_SUCCESS);
	assert_int_equal(test_tdcs(&td)->td_ctls, TDX_TD_CTLS_PENDING_VE_DISABLE);
}

static void test_writes_are_masked(void **state)
{
	struct metadata_scope s = scope(TDX_CONTEXT_TD, METADATA_GUEST);
	uint64_t old;

	assert_int_equal(
		metadata_write(&s, TDX_FIELD_TD_NOTIFY_ENABLES, UINT64_MAX, UINT64_MAX, &old),
		TDX_SUCCESS);
	assert_int_equal(old, 0);
	assert_int_equal(test_tdcs(&td)->notify_enables, 1);
	assert_int_equal(metadata_write(&s, UINT64_C(0x9100000000000010), 0, UINT64_MAX, &old),
			 TDX_SUCCESS);
	assert_int_equal(old, 1);
	assert_int_equal(test_tdcs(&td)->notify_enables, 0);
	assert_int_equal(write(TDX_CONTEXT_TD, METADATA_GUEST, FIELD_CONFIG_FLAGS, 0, UINT64_MAX),
			 TDX_METADATA_FIELD_NOT_WRITABLE);
	assert_int_equal(write(TDX_CONTEXT_TD, METADATA_GUEST, UINT64_C(0x1110000300000fff), 0, 1),
			 TDX_METADATA_FIELD_ID_INCORRECT);
}

static void test_vmcs_fields(void **state)
{
	const struct vcpu *v = test_vcpu(&td, 0);
	uint64_t old;

	assert_int_equal(tdh_vp_wr(td.tdvpr[0], TDX_FIELD_VP_VMCS_PI_VECTOR, 0xf2, 0xffff, &old),
			 0);
	assert_int_equal(
		tdh_vp_wr(td.tdvpr[0], TDX_FIELD_VP_VMCS_PI_DESC, 0x40001fff, UINT64_MAX, &old), 0);
	assert_int_equal(
		tdh_vp_wr(td.tdvpr[0], TDX_FIELD_VP_VMCS_SHARED_EPTP, 0x4000001e, UINT64_MAX, &old),
		0);
	assert_int_equal(tdh_vp_wr(td.tdvpr[0], 0x4000, UINT64_MAX, UINT64_MAX, &old), 0);
	assert_int_equal(v->pi_vector, 0xf2);
	assert_int_equal(v->pi_descriptor, 0x40001fc0);
	assert_int_equal(v->shared_eptp, 0x40000000);
	assert_int_equal(v->pin_controls, TDX_PIN_CTLS_POSTED_INTERRUPTS);
	assert_int_equal(tdh_vp_wr(td.tdvpr[0], 0x0002, 0x100, 0xffff, &old),
			 TDX_METADATA_FIELD_VALUE_NOT_VALID);
	assert_int_equal(tdh_vp_wr(td.tdvpr[0], 0x203c, bit(45), UINT64_MAX, &old),
			 TDX_METADATA_FIELD_VALUE_NOT_VALID);
	assert_int_equal(tdh_vp_wr(td.tdvpr[0], 0x681e, 0, UINT64_MAX, &old),
			 TDX_METADATA_FIELD_NOT_WRITABLE);
	assert_int_equal(v->pi_vector, 0xf2);
}

static void test_debug_td_shows_its_registers(void **state)
{
	struct vcpu *v = test_vcpu(&td, 0);
	uint64_t value, old;

	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++)
		v->cpu.gpr[i] = 0x1000 + i;
	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++) {
		uint64_t status = tdh_vp_rd(td.tdvpr[0], FIELD_RAX + i, &value);

		if (i == TDX_RSP) {
			assert_int_equal(status, TDX_METADATA_FIELD_NOT_READABLE);
			continue;
		}
		assert_int_equal(status, TDX_SUCCESS);
		assert_int_equal(value, 0x1000 + i);
	}
	assert_int_equal(tdh_vp_wr(td.tdvpr[0], FIELD_RBP, 0xbeef, 0xff, &old), TDX_SUCCESS);
	assert_int_equal(old, 0x1005);
	assert_int_equal(v->cpu.gpr[TDX_RBP], 0x10ef);
	assert_int_equal(tdh_vp_wr(td.tdvpr[0], FIELD_RIP, 0x1234, UINT64_MAX, &old), TDX_SUCCESS);
	assert_int_equal(old, 0xfffffff0);
	assert_int_equal(td_guest_cpu(&td, 0)->rip, 0x1234);
}

static void test_cpuid_values(void **state)
{
	const uint64_t leaf_15 = 0x15 << 9 | 1 << 8 | 0x7f << 1, leaf_d_1 = 0xd << 9 | 1 << 1;

	assert_int_equal(read(TDX_CONTEXT_TD, METADATA_HOST, FIELD_CPUID_VALUES | leaf_15),
			 make64(100, 1));
	assert_int_equal(read(TDX_CONTEXT_TD, METADATA_HOST, FIELD_CPUID_VALUES | leaf_15 | 1),
			 25000000);
	assert_int_equal(low32(read(TDX_CONTEXT_TD, METADATA_HOST,
				    FIELD_CPUID_VALUES | 1 << 16 | 1 << 8 | 0x7f << 1)),
			 0x80000008);
	(void)read(TDX_CONTEXT_TD, METADATA_HOST, FIELD_CPUID_VALUES | leaf_d_1);
	assert_unreadable(TDX_CONTEXT_TD, METADATA_HOST, FIELD_CPUID_VALUES | 0x2 << 9,
			  TDX_METADATA_FIELD_ID_INCORRECT);
}

/* Every identifier that the iteration gives can be read, and it ends. */
static unsigned int walk(enum tdx_field_context context, enum metadata_accessor accessor)
{
	struct metadata_scope s = scope(context, accessor);
	uint64_t id, value, next, status;
	unsigned int count = 0;

	status = metadata_read_next(&s, TDX_FIELD_NONE & ~CONTEXT_MASK, &value, &id);
	assert_int_equal(status, TDX_METADATA_FIRST_FIELD_ID_IN_CONTEXT);
	while (id != TDX_FIELD_NONE) {
		assert_int_equal(metadata_read_next(&s, id, &value, &next), TDX_SUCCESS);
		assert_int_not_equal(next, id);
		id = next;
		assert_in_range(++count, 1, 4096);
	}
	return count;
}

static void test_iteration(void **state)
{
	for (enum tdx_field_context c = TDX_CONTEXT_SYS; c <= TDX_CONTEXT_VP; c++)
		for (enum metadata_accessor a = METADATA_HOST; a < METADATA_ACCESSORS; a++)
			assert_in_range(walk(c, a), 1, 2000);
}

/* Fields that a debugger of the module or of a TD looks at. */
static void test_what_is_computed(void **state)
{
	const uint64_t xbuff_offsets = UINT64_C(0x9110000200000800);
	const uint64_t sept_root = UINT64_C(0x2110000300000000);
	const uint64_t cpuid_valid = UINT64_C(0x9110000000000080);

	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(read(TDX_CONTEXT_SYS, METADATA_HOST, 1 + i),
				 i < machine.packages ? 0x806f8 : 0);
	assert_int_equal(read(TDX_CONTEXT_SYS, METADATA_HOST, UINT64_C(0x8900000000000004)), 0);
	assert_int_equal(read(TDX_CONTEXT_TD, METADATA_HOST, UINT64_C(0x911000020000000f)), 576);
	assert_int_equal(read(TDX_CONTEXT_TD, METADATA_HOST, xbuff_offsets + 2), 0);
	test_tdcs(&td)->xfam |= TDX_XFAM_AVX;
	assert_int_equal(read(TDX_CONTEXT_TD, METADATA_HOST, xbuff_offsets + 2), 576);
	assert_int_equal(read(TDX_CONTEXT_TD, METADATA_HOST, UINT64_C(0x911000020000000f)), 832);
	assert_int_equal(read(TDX_CONTEXT_TD, METADATA_HOST_DEBUG, cpuid_valid), 1);
	assert_int_equal(read(TDX_CONTEXT_TD, METADATA_HOST_DEBUG, cpuid_valid + 79), 0);
	assert_int_equal(read(TDX_CONTEXT_TD, METADATA_HOST_DEBUG, sept_root), bit(63));
	assert_unreadable(TDX_CONTEXT_TD, METADATA_HOST_DEBUG, UINT64_C(0x111000030000000d),
			  TDX_METADATA_FIELD_NOT_READABLE);
	assert_int_equal(read(TDX_CONTEXT_VP, METADATA_HOST, 0x4026), td.hkid);
	assert_int_equal(read(TDX_CONTEXT_VP, METADATA_HOST, 0x2010), test_tdcs(&td)->tsc_offset);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_only_class_and_code_count, setup),
		cmocka_unit_test_setup(test_elements, setup),
		cmocka_unit_test_setup(test_who_may_see, setup),
		cmocka_unit_test_setup(test_what_the_module_announces, setup),
		cmocka_unit_test_setup(test_td_ctls, setup),
		cmocka_unit_test_setup(test_writes_are_masked, setup),
		cmocka_unit_test_setup(test_vmcs_fields, setup),
		cmocka_unit_test_setup(test_debug_td_shows_its_registers, setup_debug),
		cmocka_unit_test_setup(test_cpuid_values, setup),
		cmocka_unit_test_setup(test_what_is_computed, setup),
		cmocka_unit_test_setup(test_iteration, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
