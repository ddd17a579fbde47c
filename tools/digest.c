/* SPDX-License-Identifier: MIT */
#include "tools/digest.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tdx/tdvf.h>

#include "lib/addr.h"
#include "lib/hob.h"
#include "lib/tdvf.h"
#include "tools/say.h"

#define BLOCK	     128 /* MRTD takes blocks of this size */
#define CHUNK	     256 /* TDH.MR.EXTEND measures so much of a page */
#define LARGEST_LIST 65536

/* The TD's hand-off block list; it lies in firmware->data's TD HOB section. */
struct hob_list {
	uint8_t *data;
	size_t size; /* 0 when the firmware wants none */
};

static void check(int good)
{
	if (!good)
		exit(fail(STATUS_HOST, "OpenSSL cannot compute SHA-384"));
}

static void update_block(EVP_MD_CTX *context, const char *name, uint64_t gpa)
{
	uint8_t block[BLOCK] = { 0 };

	memcpy(block, name, strlen(name));
	memcpy(block + 16, &gpa, sizeof(gpa));
	check(EVP_DigestUpdate(context, block, sizeof(block)));
}

/* TDX Module Base Architecture, "TD Measurement": one block per added page, three per chunk. */
static void update_page(EVP_MD_CTX *context, uint64_t gpa, bool extend, const uint8_t *page)
{
	update_block(context, "MEM.PAGE.ADD", gpa);
	for (size_t offset = 0; extend && offset < PAGE_SIZE; offset += CHUNK) {
		update_block(context, "MR.EXTEND", gpa + offset);
		check(EVP_DigestUpdate(context, page + offset, CHUNK));
	}
}

static void section_page(const struct tdvf_section *section, const struct blob *firmware,
			 const struct hob_list *list, uint64_t offset, uint8_t page[PAGE_SIZE])
{
	const uint8_t *data = firmware->data + section->data_offset;
	uint64_t size = section->raw_data_size;

	if (section->type == TDVF_SECTION_TD_HOB) {
		data = list->data;
		size = list->size;
	}
	memset(page, 0, PAGE_SIZE);
	if (offset < size)
		memcpy(page, data + offset, size - offset < PAGE_SIZE ? size - offset : PAGE_SIZE);
}

static void update_section(EVP_MD_CTX *context, const struct tdvf_section *section,
			   const struct blob *firmware, const struct hob_list *list)
{
	bool extend = section->attributes & TDVF_SECTION_MR_EXTEND;
	uint8_t page[PAGE_SIZE];

	if (section->attributes & TDVF_SECTION_PAGE_AUG)
		return;
	for (uint64_t offset = 0; offset < section->memory_data_size; offset += PAGE_SIZE) {
		if (extend)
			section_page(section, firmware, list, offset, page);
		update_page(context, section->memory_address + offset, extend, page);
	}
}

static void compute_mrtd(const struct tdvf_descriptor *d, const struct blob *firmware,
			 const struct hob_list *list, uint8_t mrtd[DIGEST_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	check(context && EVP_DigestInit_ex(context, EVP_sha384(), NULL));
	for (uint32_t i = 0; i < d->section_count; i++)
		update_section(context, &d->sections[i], firmware, list);
	check(EVP_DigestFinal_ex(context, mrtd, NULL));
	EVP_MD_CTX_free(context);
}

/* TDG.MR.RTMR.EXTEND with the digest of the data. */
static void extend_rtmr(uint8_t rtmr[DIGEST_SIZE], const void *data, size_t size)
{
	uint8_t both[2 * DIGEST_SIZE];

	memcpy(both, rtmr, DIGEST_SIZE);
	check(EVP_Digest(data, size, both + DIGEST_SIZE, NULL, EVP_sha384(), NULL));
	check(EVP_Digest(both, sizeof(both), rtmr, NULL, EVP_sha384(), NULL));
}

static bool build_list(const struct payload *payload, uint64_t memory_size,
		       const struct tdvf_descriptor *d, struct hob_list *list)
{
	const struct tdvf_section *section = tdvf_section(d, TDVF_SECTION_TD_HOB);
	struct hob_input input = {
		.memory_size = memory_size,
		.firmware = d,
		.kernel_size = payload->kernel.size,
		.initrd_size = payload->initrd.size,
		.cmdline_size = payload->cmdline.size,
	};
	size_t room;

	*list = (struct hob_list){ 0 };
	if (!section)
		return true;
	room = section->memory_data_size < LARGEST_LIST ? section->memory_data_size : LARGEST_LIST;
	list->data = calloc(1, room);
	if (!list->data)
		return false;
	list->size = hob_build(list->data, room, section->memory_address, &input);
	return list->size != 0;
}

/* As the shim does it; a firmware of another make extends what it likes. */
static void compute_rtmrs(const struct payload *payload, const struct hob_list *list,
			  uint8_t rtmr[RTMR_COUNT][DIGEST_SIZE])
{
	memset(rtmr, 0, (size_t)RTMR_COUNT * DIGEST_SIZE);
	if (list->size)
		extend_rtmr(rtmr[0], list->data, list->size);
	if (!payload->kernel.size)
		return;
	extend_rtmr(rtmr[1], payload->kernel.data, payload->kernel.size);
	extend_rtmr(rtmr[2], payload->cmdline.data, payload->cmdline.size);
	if (payload->initrd.size)
		extend_rtmr(rtmr[2], payload->initrd.data, payload->initrd.size);
}

int measure(const struct payload *payload, uint64_t memory_size, struct measurements *m)
{
	const struct tdvf_descriptor *d;
	struct hob_list list;
	int status = 0;

	if (!tdvf_find(payload->firmware.data, payload->firmware.size, &d))
		return fail(STATUS_FILE,
			    "the firmware is not a TDVF image: it has no valid TDVF descriptor");
	if (build_list(payload, memory_size, d, &list)) {
		compute_mrtd(d, &payload->firmware, &list, m->mrtd);
		compute_rtmrs(payload, &list, m->rtmr);
	} else {
		status = fail(STATUS_FILE, "the firmware leaves no room for the hand-off blocks");
	}
	free(list.data);
	return status;
}

void digest_print(char text[DIGEST_CHARS], const uint8_t digest[DIGEST_SIZE])
{
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
}
