/* SPDX-License-Identifier: MIT */
/*
 * TDH.SYS.CONFIG: which memory can become private (TDMRs), where its metadata lies (PAMT), and the
 * module's own key id. TDX Module ABI, "TDH.SYS.CONFIG".
 *
 *	in	RCX	array of PAs of TDMR_INFO, 512-aligned	RDX	number of TDMRs, 1..64
 *		R8	global private HKID 15:0
 *
 * Changes the PAMT leaves the VMM's view of memory; the module waits for its keys.
 */
#include "lib/bits.h"
#include "module/leaf.h"
#include "module/lock.h"
#include "module/sys.h"

#define PAMT_LEVELS 3

struct range {
	uint64_t base;
	uint64_t size;
};

/* The copies that all checks look at. Protected by sys.lock. */
static struct tdx_tdmr_info tdmrs[TDX_MAX_TDMRS];
static struct tdx_cmr_info cmrs[TDX_MAX_CMRS];
static size_t cmr_count;

/* A status that names a TDMR and, in the next bytes, what of it. */
static uint64_t tdmr_error(uint64_t status, size_t tdmr, size_t part, size_t other)
{
	return status | tdmr | part << 8 | other << 16;
}

static uint64_t overlap(struct range a, struct range b)
{
	uint64_t base = a.base > b.base ? a.base : b.base;
	uint64_t a_end = a.base + a.size;
	uint64_t b_end = b.base + b.size;
	uint64_t end = a_end < b_end ? a_end : b_end;

	return end > base ? end - base : 0;
}

static struct range tdmr_range(const struct tdx_tdmr_info *t)
{
	return (struct range){ t->base, t->size };
}

static struct range reserved_range(const struct tdx_tdmr_info *t, size_t area)
{
	return (struct range){ t->base + t->reserved[area].offset, t->reserved[area].size };
}

static struct range pamt_range(const struct tdx_tdmr_info *t, size_t level)
{
	const struct range ranges[PAMT_LEVELS] = {
		[TDX_LEVEL_4K] = { t->pamt_4k_base, t->pamt_4k_size },
		[TDX_LEVEL_2M] = { t->pamt_2m_base, t->pamt_2m_size },
		[TDX_LEVEL_1G] = { t->pamt_1g_base, t->pamt_1g_size },
	};

	return ranges[level];
}

/* CMRs do not overlap each other: what they cover adds up, and adjacent ones count as one. */
static uint64_t covered_by_cmrs(struct range range)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < cmr_count; i++)
		bytes += overlap(range, (struct range){ cmrs[i].base, cmrs[i].size });
	return bytes;
}

/* Bytes of a range that are in the TDMR but in none of its reserved areas. */
static uint64_t usable_overlap(const struct tdx_tdmr_info *t, struct range range)
{
	uint64_t bytes = overlap(range, tdmr_range(t));

	for (size_t i = 0; i < TDX_MAX_RESERVED_PER_TDMR; i++)
		bytes -= overlap(range, reserved_range(t, i));
	return bytes;
}

static uint64_t check_place(size_t i)
{
	const struct tdx_tdmr_info *t = &tdmrs[i];
	uint64_t end = t->base + t->size;

	if (end < t->base || (i > 0 && t->base < tdmrs[i - 1].base + tdmrs[i - 1].size))
		return tdmr_error(TDX_NON_ORDERED_TDMR, i, 0, 0);
	if (!is_aligned(t->base | t->size, SIZE_1G) || t->size == 0 ||
	    end > bit(PLATFORM_HKID_SHIFT))
		return tdmr_error(TDX_INVALID_TDMR, i, 0, 0);
	return TDX_SUCCESS;
}

static uint64_t check_reserved(size_t i)
{
	const struct tdx_tdmr_info *t = &tdmrs[i];
	uint64_t end = 0;
	bool null_seen = false;

	for (size_t area = 0; area < TDX_MAX_RESERVED_PER_TDMR; area++) {
		uint64_t offset = t->reserved[area].offset;
		uint64_t size = t->reserved[area].size;

		if (size == 0) {
			null_seen = true;
			continue;
		}
		if (null_seen || !is_aligned(offset | size, PAGE_SIZE) || size > t->size ||
		    offset > t->size - size)
			return tdmr_error(TDX_INVALID_RESERVED_IN_TDMR, i, area, 0);
		if (offset < end)
			return tdmr_error(TDX_NON_ORDERED_RESERVED_IN_TDMR, i, area, 0);
		end = offset + size;
	}
	return TDX_SUCCESS;
}

static uint64_t check_pamt(size_t i, size_t level)
{
	const struct tdx_tdmr_info *t = &tdmrs[i];
	struct range pamt = pamt_range(t, level);
	uint64_t needed = t->size / level_size((unsigned int)level) * sizeof(struct pamt_entry);

	if (!is_aligned(pamt.base | pamt.size, PAGE_SIZE) || pamt.base + pamt.size < pamt.base ||
	    pamt.size < align_up(needed, PAGE_SIZE))
		return tdmr_error(TDX_INVALID_PAMT, i, level, 0);
	if (covered_by_cmrs(pamt) != pamt.size)
		return tdmr_error(TDX_PAMT_OUTSIDE_CMRS, i, level, 0);
	return TDX_SUCCESS;
}

/* The PAMT region of one TDMR against the memory and the PAMT regions of another. */
static uint64_t check_pamt_overlap(size_t i, size_t level, size_t other)
{
	struct range pamt = pamt_range(&tdmrs[i], level);
	size_t levels = other == i ? level : PAMT_LEVELS;

	if (usable_overlap(&tdmrs[other], pamt))
		return tdmr_error(TDX_PAMT_OVERLAP, i, level, other);
	for (size_t l = 0; l < levels; l++) {
		if (overlap(pamt, pamt_range(&tdmrs[other], l)))
			return tdmr_error(TDX_PAMT_OVERLAP, i, level, other);
	}
	return TDX_SUCCESS;
}

/* Against itself and the TDMRs before it, both ways. */
static uint64_t check_pamts(size_t i)
{
	uint64_t status = TDX_SUCCESS;

	for (size_t level = 0; level < PAMT_LEVELS && !status; level++)
		status = check_pamt(i, level);
	for (size_t level = 0; level < PAMT_LEVELS && !status; level++) {
		for (size_t other = 0; other <= i && !status; other++)
			status = check_pamt_overlap(i, level, other);
		for (size_t other = 0; other < i && !status; other++) {
			if (usable_overlap(&tdmrs[i], pamt_range(&tdmrs[other], level)))
				status = tdmr_error(TDX_PAMT_OVERLAP, other, level, i);
		}
	}
	return status;
}

static uint64_t check_cmrs(size_t i)
{
	const struct tdx_tdmr_info *t = &tdmrs[i];
	uint64_t usable = usable_overlap(t, tdmr_range(t));
	uint64_t covered = covered_by_cmrs(tdmr_range(t));

	for (size_t area = 0; area < TDX_MAX_RESERVED_PER_TDMR; area++)
		covered -= covered_by_cmrs(reserved_range(t, area));
	return usable == covered ? TDX_SUCCESS : tdmr_error(TDX_TDMR_OUTSIDE_CMRS, i, 0, 0);
}

static uint64_t check_tdmr(size_t i)
{
	uint64_t (*const checks[])(size_t) = { check_place, check_reserved, check_pamts,
					       check_cmrs };
	uint64_t status = TDX_SUCCESS;

	for (size_t n = 0; n < ARRAY_SIZE(checks) && !status; n++)
		status = checks[n](i);
	return status;
}

static uint64_t read_tdmrs(struct hpa array, size_t count)
{
	uint64_t addresses[TDX_MAX_TDMRS];

	vmm_read(array, addresses, count * sizeof(addresses[0]));
	for (size_t i = 0; i < count; i++) {
		struct hpa pa;
		uint64_t status = vmm_operand(addresses[i], 512, sizeof(tdmrs[i]),
					      TDX_OPERAND_ID_TDMR_INFO_PA, &pa);

		if (status)
			return status;
		vmm_read(pa, &tdmrs[i], sizeof(tdmrs[i]));
	}
	return TDX_SUCCESS;
}

static uint64_t check(const struct seamcall *c)
{
	struct hpa array;
	uint64_t count = c->r[TDX_RDX];
	uint64_t status;

	if (sys.state != SYS_STATE_INIT_DONE || sys.lps_initialized < platform_lp_count())
		return TDX_SYS_CONFIG_NOT_PENDING;
	status = vmm_operand(c->r[TDX_RCX], 512, 512, TDX_OPERAND_ID_RCX, &array);
	if (status)
		return status;
	if (count == 0 || count > TDX_MAX_TDMRS)
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_RDX);
	if (!sys_hkid_is_private(c->r[TDX_R8]))
		return tdx_operand(TDX_OPERAND_INVALID, TDX_OPERAND_ID_R8);

	cmr_count = platform_cmrs(cmrs);
	status = read_tdmrs(array, count);
	for (size_t i = 0; i < count && !status; i++)
		status = check_tdmr(i);
	return status;
}

static void commit(const struct seamcall *c)
{
	for (size_t i = 0; i < c->r[TDX_RDX]; i++)
		page_add_tdmr(&tdmrs[i]);
	sys_key((uint16_t)c->r[TDX_R8])->state = HKID_RESERVED;
	__atomic_store_n(&sys.state, SYS_STATE_CONFIG_DONE, __ATOMIC_RELEASE);
}

uint64_t leaf_tdh_sys_config(struct seamcall *c)
{
	uint64_t status;

	if (!lock_acquire(&sys.lock, LOCK_EXCLUSIVE, LOCK_RANK_SYS))
		return TDX_SYS_BUSY;
	status = check(c);
	if (!status)
		commit(c);
	lock_release(&sys.lock, LOCK_EXCLUSIVE);
	return status;
}
