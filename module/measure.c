/* SPDX-License-Identifier: MIT */
#include "module/measure.h"

#include <bearssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <tdx/status.h>

#include "module/platform.h"

/* MRTD is the hash of whole records of this size. TDX Module Base specification, "MRTD". */
#define RECORD_SIZE	  128
#define RECORD_NAME_SIZE  16
#define REPORT_TYPE_TDX	  0x81
#define TCB_INFO_VALID	  0x301ff /* TEE_TCB_SVN2 is there as well */
#define REPORT_MACED_SIZE offsetof(struct tdx_report_mac, mac)

/* What stands in MRSEAM: no Intel module has this measurement, so that nobody takes this one for
 * it. */
static const char module_identity[] = "swtdx software TDX module " SWTDX_VERSION;
static const uint8_t module_svn[] = { 5, 1 }; /* minor, major */

static void fill_record(uint8_t record[RECORD_SIZE], const char *name, struct gpa gpa)
{
	memset(record, 0, RECORD_SIZE);
	memcpy(record, name, strlen(name));
	memcpy(record + RECORD_NAME_SIZE, &gpa.pa, sizeof(gpa.pa));
}

void measure_start(struct tdcs *tdcs)
{
	br_sha384_init(&tdcs->mrtd_context);
}

void measure_page_add(struct tdcs *tdcs, struct gpa gpa)
{
	uint8_t record[RECORD_SIZE];

	fill_record(record, "MEM.PAGE.ADD", gpa);
	br_sha384_update(&tdcs->mrtd_context, record, sizeof(record));
}

/* Two updates would cost more than a copy. */
void measure_extend(struct tdcs *tdcs, struct gpa gpa, const void *chunk)
{
	uint8_t bytes[RECORD_SIZE + MEASURE_CHUNK];

	fill_record(bytes, "MR.EXTEND", gpa);
	memcpy(bytes + RECORD_SIZE, chunk, MEASURE_CHUNK);
	br_sha384_update(&tdcs->mrtd_context, bytes, sizeof(bytes));
}

void measure_finalize(struct tdcs *tdcs)
{
	br_sha384_out(&tdcs->mrtd_context, tdcs->mrtd);
}

static void sha384(const void *data, size_t size, uint8_t digest[TDX_MR_SIZE])
{
	br_sha384_context context;

	br_sha384_init(&context);
	br_sha384_update(&context, data, size);
	br_sha384_out(&context, digest);
}

void measure_rtmr_extend(struct tdcs *tdcs, unsigned int index, const uint8_t digest[TDX_MR_SIZE])
{
	br_sha384_context context;
	uint8_t value[TDX_MR_SIZE];

	/* ThreadSanitizer sees the copies, but not what the library does. */
	memcpy(value, tdcs->rtmr[index], sizeof(value));
	br_sha384_init(&context);
	br_sha384_update(&context, value, sizeof(value));
	br_sha384_update(&context, digest, TDX_MR_SIZE);
	br_sha384_out(&context, value);
	memcpy(tdcs->rtmr[index], value, sizeof(value));
}

static void fill_tcb_info(struct tdx_tee_tcb_info *tcb)
{
	tcb->valid = TCB_INFO_VALID;
	memcpy(tcb->tee_tcb_svn, module_svn, sizeof(module_svn));
	memcpy(tcb->tee_tcb_svn2, module_svn, sizeof(module_svn));
	sha384(module_identity, strlen(module_identity), tcb->mrseam);
}

static void fill_td_info(const struct tdcs *tdcs, struct tdx_td_info *td)
{
	td->attributes = tdcs->attributes;
	td->xfam = tdcs->xfam;
	memcpy(td->mrtd, tdcs->mrtd, sizeof(td->mrtd));
	memcpy(td->mrconfigid, tdcs->mrconfigid, sizeof(td->mrconfigid));
	memcpy(td->mrowner, tdcs->mrowner, sizeof(td->mrowner));
	memcpy(td->mrownerconfig, tdcs->mrownerconfig, sizeof(td->mrownerconfig));
	memcpy(td->rtmr, tdcs->rtmr, sizeof(td->rtmr));
	memcpy(td->servtd_hash, tdcs->servtd_hash, sizeof(td->servtd_hash));
}

static void compute_mac(const struct tdx_report_mac *report, uint8_t mac[TDX_REPORT_MAC_SIZE])
{
	br_hmac_key_context key_context;
	br_hmac_context context;
	uint8_t key[TDX_REPORT_MAC_SIZE];

	platform_report_key(key);
	br_hmac_key_init(&key_context, &br_sha256_vtable, key, sizeof(key));
	br_hmac_init(&context, &key_context, 0);
	br_hmac_update(&context, report, REPORT_MACED_SIZE);
	br_hmac_out(&context, mac);
	memset(key, 0, sizeof(key));
}

void measure_report(const struct tdcs *tdcs, const uint8_t report_data[TDX_REPORT_DATA_SIZE],
		    struct tdx_report *report)
{
	uint8_t data[TDX_REPORT_DATA_SIZE];

	memcpy(data, report_data, sizeof(data));
	memset(report, 0, sizeof(*report));
	fill_tcb_info(&report->tcb);
	fill_td_info(tdcs, &report->td);
	report->mac.type = REPORT_TYPE_TDX;
	memcpy(report->mac.report_data, data, sizeof(data));
	sha384(&report->tcb, TDX_TEE_TCB_SIZE, report->mac.tee_tcb_info_hash);
	sha384(&report->td, sizeof(report->td), report->mac.tee_info_hash);
	compute_mac(&report->mac, report->mac.mac);
}

/* In the same time wherever the difference is: a guest could find a MAC byte by byte otherwise. */
static bool is_equal(const uint8_t *a, const uint8_t *b, size_t size)
{
	uint8_t difference = 0;

	for (size_t i = 0; i < size; i++)
		difference |= a[i] ^ b[i];
	return !difference;
}

uint64_t measure_verify_report(const struct tdx_report_mac *report)
{
	static const uint8_t cpusvn[sizeof(report->cpusvn)];
	uint8_t mac[TDX_REPORT_MAC_SIZE];

	if (!is_equal(report->cpusvn, cpusvn, sizeof(cpusvn)))
		return TDX_INVALID_CPUSVN;
	compute_mac(report, mac);
	return is_equal(report->mac, mac, sizeof(mac)) ? TDX_SUCCESS : TDX_INVALID_REPORTMACSTRUCT;
}
