/* SPDX-License-Identifier: MIT */
/*
 * The VMM is de-privileged: it cannot take the machine from under the monitor, and finds the
 * instructions of SEAM mode as a VMM on TDX hardware does.
 */
#include <tdx/leaf.h>

#include "host/seamcall.h"
#include "host/tdh.h"
#include "tests/vmm/runtime.h"
#include "tests/vmm/td.h"
#include "vmm/io.h"
#include "vmm/pages.h"
#include "vmm/platform.h"

#define MSR_MKTME_KEYID_PARTITIONING 0x87
#define MSR_EFER		     0xc0000080
#define MSR_VM_CR		     0xc0010114
#define MSR_VM_HSAVE_PA		     0xc0010117
#define EFER_SVME		     bit(12)

#define MKTME_KEYS 31
#define TDX_KEYS   32

static void test_rdmsr(uint32_t index, const char *name)
{
	ATTEMPT("rdmsr", : : "c"(index) : "rax", "rdx", ATTEMPT_CLOBBERS);
	is(attempt.vector, VECTOR_GP, "RDMSR %s", name);
}

static void test_wrmsr(uint32_t index, uint64_t value, const char *name)
{
	ATTEMPT("wrmsr", : : "c"(index), "a"(low32(value)), "d"(high32(value)) : ATTEMPT_CLOBBERS);
	is(attempt.vector, VECTOR_GP, "WRMSR %s", name);
}

static void test_msrs(void)
{
	uint64_t efer = rdmsr(MSR_EFER);

	is(rdmsr(MSR_MKTME_KEYID_PARTITIONING), make64(TDX_KEYS, MKTME_KEYS),
	   "RDMSR MKTME_KEYID_PARTITIONING");
	test_wrmsr(MSR_MKTME_KEYID_PARTITIONING, 0, "MKTME_KEYID_PARTITIONING");
	test_wrmsr(MSR_EFER, efer & ~EFER_SVME, "EFER without SVME");
	test_wrmsr(MSR_EFER, efer, "EFER as it is");
	is(rdmsr(MSR_EFER), efer, "EFER is unchanged");
	test_rdmsr(MSR_VM_HSAVE_PA, "VM_HSAVE_PA");
	test_wrmsr(MSR_VM_HSAVE_PA, hpa_of(page_new()).pa, "VM_HSAVE_PA");
	test_rdmsr(MSR_VM_CR, "VM_CR");
	test_wrmsr(MSR_VM_CR, 1 << 4, "VM_CR, SVMDIS");
}

#define TEST_UD(text)                                                                              \
	do {                                                                                       \
		ATTEMPT(text, : : "a"(area) : "rcx", "rdx", ATTEMPT_CLOBBERS);                     \
		is(attempt.vector, VECTOR_UD, text);                                               \
	} while (0)

/* RAX, where it is an operand, is a page of the VMM's. */
static void test_virtualisation(void)
{
	uint64_t area = hpa_of(page_new()).pa;

	TEST_UD("vmrun");
	TEST_UD("vmload");
	TEST_UD("vmsave");
	TEST_UD("vmmcall");
	TEST_UD("stgi");
	TEST_UD("clgi");
	TEST_UD("skinit");
	TEST_UD("invlpga");
	TEST_UD("vmcall");
	TEST_UD("vmxoff");
}

static void test_seam(void)
{
	uint64_t area = hpa_of(page_new()).pa;

	TEST_UD(".byte 0x66, 0x0f, 0x01, 0xcc /* TDCALL */");
	TEST_UD(".byte 0x66, 0x0f, 0x01, 0xcd /* SEAMRET */");
	TEST_UD(".byte 0x66, 0x0f, 0x01, 0xce /* SEAMOPS */");
	TEST_UD(".byte 0x0f, 0x01, 0xcf /* SEAMCALL without its prefix */");
	TEST_UD(".byte 0xf0, 0x66, 0x0f, 0x01, 0xcf /* SEAMCALL with LOCK */");
	TEST_UD(".byte 0xf3, 0x66, 0x0f, 0x01, 0xcf /* SEAMCALL with REP */");
	TEST_UD("ud2");
}

/* The monitor's console and the end of the machine are ports of the VMM's world, one by one. */
static void test_ports(void)
{
	is(inb(PORT_MONITOR_CONSOLE), UINT8_MAX, "the monitor's console cannot be read");
	outb('@', PORT_MONITOR_CONSOLE);
	ok(true, "nor written");
}

void vmm_test(const struct vmm_boot *boot)
{
	static struct test_td td;

	test_msrs();
	test_virtualisation();
	test_seam();
	test_ports();

	/* None of it has disturbed the monitor. */
	platform_init();
	td_begin(&td);
	td_start(&td);
	is(td_read(&td, TD_DATA_GPA), TD_DATA_VALUE, "a TD runs after all that");
	test_seam();
	test_msrs();
	is(td_read(&td, TD_DATA_GPA), TD_DATA_VALUE, "it still does");
	ok(td_end(&td), "every page comes back");
}
