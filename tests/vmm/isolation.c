/* SPDX-License-Identifier: MIT */
/*
 * What is not the VMM's cannot be read, written or executed by it, nor through a leaf, nor by the
 * shared half of a TD: each of its own attempts ends in a machine check that the monitor records,
 * and no byte is transferred. The remark "violations N" at the end says how many the monitor must
 * have recorded; isolation.sh compares.
 *
 * Not covered: DMA. The devices are the emulator's, and no IOMMU keeps them from any memory.
 */
#include <tdx/leaf.h>

#include "tests/vmm/runtime.h"
#include "tests/vmm/td.h"
#include "vmm/pages.h"
#include "vmm/platform.h"

#define MARK UINT64_C(0xa11ac7e55)

static unsigned int violations;

static void test_hidden(uint64_t address, const char *name)
{
	ok(read_is_refused(address), "%s: read", name);
	ok(write_is_refused(address), "%s: write", name);
	ok(execute_is_refused(address), "%s: execute", name);
	violations += 3;
}

static bool is_reserved(uint64_t address)
{
	struct tdx_page_metadata metadata;

	return !tdh_phymem_page_rdmd(hpa(address), &metadata) && metadata.type == TDX_PAGE_RSVD;
}

/* RAM that is the VMM's by the boot record and reserved in a TDMR: the PAMT, which the VMM takes
 * from the end of its memory. 0: there is none. */
static uint64_t find_pamt(void)
{
	for (unsigned int i = ram.count; i-- > 0;)
		for (uint64_t at = range_end(&ram.ranges[i]); at > ram.ranges[i].base;
		     at -= PAGE_SIZE)
			if (is_reserved(at - PAGE_SIZE))
				return at - PAGE_SIZE;
	return 0;
}

static void test_monitor(const struct vmm_boot *boot)
{
	uint64_t monitor = boot->image.base + boot->image.size;

	test_hidden(monitor, "the monitor's image");
	test_hidden(monitor + SIZE_2M, "the monitor's page tables");
	is(*(volatile uint64_t *)(monitor - 8), 0, "memory in front of it is the VMM's");
}

static void test_control_pages(const struct test_td *td)
{
	test_hidden(td_page(td, TDX_PAGE_TDR, 0).pa, "TDR");
	test_hidden(td_page(td, TDX_PAGE_TDCX, 0).pa, "TDCX");
	test_hidden(td_page(td, TDX_PAGE_TDCX, 3).pa, "root of the secure EPT");
	test_hidden(td_page(td, TDX_PAGE_TDVPR, 0).pa, "TDVPR");
	test_hidden(td_page(td, TDX_PAGE_EPT, 0).pa, "page of secure EPT entries");
}

/* Instructions that touch memory in other ways than a MOV does. */
static void test_other_accesses(uint64_t address, uint64_t own)
{
	uint64_t count = 16, from = address - 8, to = own, old = MARK;

	ATTEMPT("lock xadd %0, (%1)", : "+a"(old) : "c"(address) : ATTEMPT_CLOBBERS);
	ok(attempt.vector == VECTOR_MC && old == MARK, "a locked instruction");
	ATTEMPT("fxsave64 (%0)", : : "c"(address) : ATTEMPT_CLOBBERS);
	is(attempt.vector, VECTOR_MC, "FXSAVE");
	ATTEMPT("outsb", : "+S"(address) : "d"(0x80) : ATTEMPT_CLOBBERS);
	is(attempt.vector, VECTOR_MC, "OUTS");
	address = align_down(address, PAGE_SIZE);
	ATTEMPT("rep movsb", : "+S"(from), "+D"(to), "+c"(count) : : ATTEMPT_CLOBBERS);
	ok(attempt.vector == VECTOR_MC && count == 8 && from == address,
	   "a string copy that runs into the page stops in front of it");
	violations += 4;
}

/* A private page with the VMM's own in front of it. */
static struct hpa private_page_after_own(struct test_td *td)
{
	uint64_t own = pages_alloc(2 * PAGE_SIZE, PAGE_SIZE).pa;

	td->pages[td->page_count++] =
		(struct donated_page){ hpa(own + PAGE_SIZE), TDX_PAGE_REG, TDX_LEVEL_4K };
	return hpa(own + PAGE_SIZE);
}

/* TDH.MEM.PAGE.ADD from memory that is not the VMM's: the TD gets all ones. */
static void test_source(struct test_td *td, uint64_t at, uint64_t source, const char *name)
{
	is(td_add(td, at, td_donate(td, TDX_PAGE_REG, TDX_LEVEL_4K), hpa(source)), TDX_SUCCESS,
	   "TDH.MEM.PAGE.ADD from %s", name);
}

/* Leaves that read or write operands in memory know whose it is. */
static void test_operands(struct hpa private)
{
	struct hpa cmrs = pages_alloc(PAGE_SIZE, PAGE_SIZE);
	uint64_t count;

	is(tdh_sys_info(private, cmrs, &count), TDX_SUCCESS, "TDH.SYS.INFO into private memory");
	is(tdh_mng_create(private, platform_hkid() + 1),
	   tdx_operand(TDX_PAGE_METADATA_INCORRECT, TDX_OPERAND_ID_RCX),
	   "TDH.MNG.CREATE with private memory");
}

/* The VMM maps a page into the shared half of the TD. */
static void test_shared(struct test_td *td, struct hpa private)
{
	uint64_t shared_gpa = TD_SHARED_BIT | TD_TEST_GPA;
	uint64_t linear = GUEST_SHARED + TD_TEST_GPA;
	struct hpa page = td_donate(td, TDX_PAGE_REG, TDX_LEVEL_4K);

	shared_ept_map(&td->vmm, TD_TEST_GPA, PAGE_SIZE, private, true);
	ok(td_read_violates(td, linear, shared_gpa),
	   "a shared GPA that the VMM maps to private memory");
	shared_ept_map(&td->vmm, TD_TEST_GPA, PAGE_SIZE, page, true);
	is(td_resume(td), TDX_EXIT_TDCALL, "the same GPA mapped to the VMM's page");
	td_write(td, linear, MARK);
	is(*(volatile uint64_t *)page.pa, MARK, "the VMM sees what the TD writes there");
	is(td_augment(td, TD_TEST_GPA, TDX_LEVEL_4K, page), TDX_SUCCESS,
	   "the page becomes private while it is mapped");
	ok(td_read_violates(td, linear, shared_gpa), "it is not to be reached as shared any more");
	shared_ept_unmap(&td->vmm, TD_TEST_GPA, PAGE_SIZE);
	is(td_resume(td), TDX_EXIT_EPT_VIOLATION, "nor when it is not mapped");
	shared_ept_map(&td->vmm, TD_TEST_GPA, PAGE_SIZE, pages_alloc(PAGE_SIZE, PAGE_SIZE), true);
	is(td_resume(td), TDX_EXIT_TDCALL, "the TD goes on with another page");
	test_hidden(page.pa, "a page that waits for acceptance");
}

static void test_large_page(struct test_td *td)
{
	struct hpa page = td_donate(td, TDX_PAGE_REG, TDX_LEVEL_2M);
	uint64_t at = TD_TEST_GPA + SIZE_2M;

	is(td_augment(td, at, TDX_LEVEL_2M, page), TDX_SUCCESS, "a private page of 2 MiB");
	is(td_accept(td, at, TDX_LEVEL_2M), TDX_SUCCESS, "accepted");
	test_hidden(page.pa, "its start");
	test_hidden(page.pa + SIZE_2M - 8, "its end");
}

void vmm_test(const struct vmm_boot *boot)
{
	static struct test_td td;
	uint64_t pamt;
	struct hpa data, other;

	test_monitor(boot);
	platform_init();
	pamt = find_pamt();
	ok(pamt, "the PAMT is in memory that was the VMM's");
	test_hidden(pamt, "PAMT");

	td_begin(&td);
	data = td_page(&td, TDX_PAGE_REG, 0);
	test_control_pages(&td);
	test_hidden(data.pa, "private memory before the TD has run");
	test_source(&td, TD_DATA_GPA + PAGE_SIZE, data.pa, "private memory");
	test_source(&td, TD_DATA_GPA + 2 * PAGE_SIZE, td.tdr.pa, "the TDR");
	test_source(&td, TD_DATA_GPA + 3 * PAGE_SIZE, boot->image.base + boot->image.size,
		    "the monitor's memory");
	other = private_page_after_own(&td);
	is(td_add(&td, TD_DATA_GPA + 4 * PAGE_SIZE, other, pages_alloc(PAGE_SIZE, PAGE_SIZE)),
	   TDX_SUCCESS, "a private page behind one of the VMM's");

	td_start(&td);
	for (unsigned int i = 1; i <= 3; i++)
		is(td_read(&td, TD_DATA_GPA + i * PAGE_SIZE), UINT64_MAX,
		   "what the TD got there is all ones");
	test_other_accesses(other.pa, pages_alloc(PAGE_SIZE, PAGE_SIZE).pa);
	test_operands(data);
	is(td_read(&td, TD_DATA_GPA), TD_DATA_VALUE, "no attempt has changed private memory");
	td_write(&td, TD_DATA_GPA, MARK);
	test_hidden(data.pa, "private memory after the TD has run");
	is(td_read(&td, TD_DATA_GPA), MARK, "the TD's value is still there");
	test_shared(&td, data);
	test_large_page(&td);
	test_control_pages(&td);
	ok(td_end(&td), "every page comes back, readable and zero");
	diag("violations %u", violations);
}
