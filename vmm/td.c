/* SPDX-License-Identifier: MIT */
/* Building a TD, in the order of the TDX Module Base Architecture specification, "TD Build". */
#include "vmm/td.h"

#include <tdx/field.h>
#include <tdx/status.h>

#include "host/build.h"
#include "host/tdh.h"
#include "lib/handoff.h"
#include "lib/hob.h"
#include "lib/phys.h"
#include "lib/tdvf.h"
#include "vmm/clock.h"
#include "vmm/console.h"
#include "vmm/interrupts.h"
#include "vmm/pages.h"
#include "vmm/platform.h"
#include "vmm/td_params.h"

#define HOB_MAX		 PAGE_SIZE
#define TD_PARAMS_ALIGN	 1024
#define FIELD_TSC_OFFSET UINT64_C(0x111000030000000a)
#define TRIES		 10
#define VECTORS_RESERVED 16

void td_set_end(struct td *td, enum td_end end)
{
	if (td->end == TD_RUNS)
		td->end = end;
}

bool td_control_page(struct td *td, struct hpa *page)
{
	if (!page_alloc(page))
		return false;
	page_list_add(&td->control_pages, *page);
	td->pages_donated++;
	return true;
}

static struct hpa control_page(struct td *td)
{
	struct hpa page;

	if (!td_control_page(td, &page))
		fail("The machine has too little memory for the TD's control structures.");
	return page;
}

void vcpu_post(struct vcpu *v, uint8_t vector)
{
	if (vector < VECTORS_RESERVED)
		return;
	__atomic_fetch_or(&v->posted->pir[vector / 64], UINT64_C(1) << vector % 64,
			  __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&v->posted->control, 1, __ATOMIC_SEQ_CST);
}

bool vcpu_has_posted(const struct vcpu *v)
{
	return __atomic_load_n(&v->posted->control, __ATOMIC_SEQ_CST) & 1;
}

static void create(struct td *td)
{
	uint64_t status = TDX_RND_NO_ENTROPY;
	struct hpa page;

	if (!page_alloc(&page))
		fail("The machine has too little memory for a TD.");
	td->tdr = page;
	td->hkid = platform_hkid();
	td->pages_donated++;
	for (unsigned int i = 0; i < TRIES && status == TDX_RND_NO_ENTROPY; i++)
		status = tdh_mng_create(td->tdr, td->hkid);
	must(status, "TDH.MNG.CREATE");
	status = TDX_KEY_GENERATION_FAILED;
	for (unsigned int i = 0; i < TRIES && status == TDX_KEY_GENERATION_FAILED; i++)
		status = tdh_mng_key_config(td->tdr);
	must(status, "TDH.MNG.KEY.CONFIG");
	for (unsigned int i = 0; i < platform_info()->tdcs_base_size / PAGE_SIZE; i++)
		must(tdh_mng_addcx(td->tdr, control_page(td)), "TDH.MNG.ADDCX");
}

static void configure(struct td *td, uint64_t attributes)
{
	struct hpa params = pages_alloc(sizeof(struct tdx_td_params), TD_PARAMS_ALIGN);
	uint64_t status, cpuid;

	td->tsc_frequency = clock_tsc_frequency();
	td_params_fill(phys_ptr(params), platform_info(), attributes, td->tsc_frequency);
	status = tdh_mng_init(td->tdr, params, &cpuid);
	if (status == (TDX_OPERAND_INVALID | TDX_OPERAND_ID_CPUID_CONFIG))
		fail("The TDX module does not take the TD's CPUID leaf %x, subleaf %x.",
		     (uint32_t)cpuid, (uint32_t)(cpuid >> 32));
	must(status, "TDH.MNG.INIT");
	must(tdh_mng_rd(td->tdr, FIELD_TSC_OFFSET, &td->tsc_offset), "TDH.MNG.RD");
}

static void set_field(struct vcpu *v, uint64_t field, uint64_t value, uint64_t mask)
{
	uint64_t old;

	must(tdh_vp_wr(v->tdvpr, field, value, mask, &old), "TDH.VP.WR");
}

static void create_vcpu(struct td *td, uint64_t hob_gpa)
{
	struct vcpu *v = &td->vcpu;

	v->td = td;
	v->tdvpr = control_page(td);
	v->posted = page_new();
	guest_apic_reset(&v->apic);
	must(tdh_vp_create(td->tdr, v->tdvpr), "TDH.VP.CREATE");
	for (unsigned int i = 1; i < platform_info()->tdvps_base_size / PAGE_SIZE; i++)
		must(tdh_vp_addcx(v->tdvpr, control_page(td)), "TDH.VP.ADDCX");
	must(tdh_vp_init_x2apic(v->tdvpr, hob_gpa, 0), "TDH.VP.INIT");
	set_field(v, TDX_FIELD_VP_VMCS_PI_VECTOR, VECTOR_NOTIFY, UINT16_MAX);
	set_field(v, TDX_FIELD_VP_VMCS_PI_DESC, hpa_of(v->posted).pa, UINT64_MAX);
	set_field(v, TDX_FIELD_VP_VMCS_PIN_CTLS, TDX_PIN_CTLS_POSTED_INTERRUPTS,
		  TDX_PIN_CTLS_POSTED_INTERRUPTS);
	set_field(v, TDX_FIELD_VP_VMCS_SHARED_EPTP, hpa_of(td->memory.shared_root).pa,
		  TDX_EPT_ADDR);
}

static bool sept_page(void *context, struct hpa *page)
{
	return td_control_page(context, page);
}

static bool private_page(void *context, struct gpa gpa, struct hpa *page)
{
	return memory_add(context, gpa, page);
}

static void add_firmware(struct td *td, const struct td_input *in, const struct hob_input *hob,
			 uint64_t hob_gpa)
{
	struct td_builder builder = {
		.tdr = td->tdr,
		.bounce = hpa_of(page_new()),
		.sept_page = sept_page,
		.private_page = private_page,
		.context = td,
	};
	void *list = page_new();
	size_t list_size = hob_build(list, HOB_MAX, hob_gpa, hob);
	uint64_t status;

	if (list_size == 0)
		fail("The firmware has too many sections for the TD hand-off block.");
	status =
		td_build_image(&builder, phys_ptr(in->firmware.pa), hob->firmware, list, list_size);
	if (status == TD_BUILD_NO_PAGE)
		fail("The firmware has a section outside the TD's memory.");
	must(status, "Adding the firmware");
	page_free(builder.bounce);
	page_free(hpa_of(list));
}

static void map_file(struct td *td, const struct payload_file *place, const struct td_file *file)
{
	if (file->size)
		shared_ept_map(td, place->gpa, align_up(file->size, PAGE_SIZE), file->pa, false);
}

static void map_payload(struct td *td, const struct td_input *in, const struct hob_input *hob)
{
	struct payload_info payload;

	hob_payload(hob, &payload);
	map_file(td, &payload.kernel, &in->kernel);
	map_file(td, &payload.initrd, &in->initrd);
	map_file(td, &payload.cmdline, &in->cmdline);
}

/* The firmware's memory below 4 GiB: its image, and sections that it wants in front of it. */
static uint64_t firmware_start(const struct tdvf_descriptor *d, uint64_t image_size)
{
	uint64_t start = align_down(SIZE_4G - image_size, PAGE_SIZE);

	for (uint32_t i = 0; i < d->section_count; i++) {
		uint64_t address = d->sections[i].memory_address;

		if (address >= SIZE_4G - FIRMWARE_MAX && address < start)
			start = address;
	}
	return start;
}

void td_build(struct td *td, const struct td_input *in)
{
	struct hob_input hob = {
		.memory_size = in->config.memory_size,
		.kernel_size = in->kernel.size,
		.initrd_size = in->initrd.size,
		.cmdline_size = in->cmdline.size,
	};
	const struct tdvf_section *hob_section;
	uint64_t hob_gpa;

	if (in->firmware.size > FIRMWARE_MAX ||
	    !tdvf_find(phys_ptr(in->firmware.pa), in->firmware.size, &hob.firmware))
		fail("The firmware is no TDVF image.");
	hob_section = tdvf_section(hob.firmware, TDVF_SECTION_TD_HOB);
	hob_gpa = hob_section ? hob_section->memory_address : 0;

	memory_init(td, in->config.memory_size, firmware_start(hob.firmware, in->firmware.size));
	map_payload(td, in, &hob);
	create(td);
	configure(td, in->config.attributes);
	create_vcpu(td, hob_gpa);
	add_firmware(td, in, &hob, hob_gpa);
	must(tdh_mr_finalize(td->tdr), "TDH.MR.FINALIZE");
}
