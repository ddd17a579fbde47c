/* SPDX-License-Identifier: MIT */
#include "module/metadata.h"

#include <string.h>

#include <tdx/status.h>

#include "lib/bits.h"
#include "lib/check.h"
#include "module/cpuid.h"
#include "module/platform.h"
#include "module/sept.h"
#include "module/sys.h"
#include "module/topology.h"
#include "module/vapic.h"

#define ID_RESERVED	(bit_range(31, 24) | bit_range(49, 47) | bit(55) | bit(62))
#define ID_LAST		bit_range(46, 34) /* LAST_FIELD, LAST_ELEMENT: only in lists */
#define ID_CONTEXT	bit_range(54, 52)
#define LAST_ELEMENT(n) ((uint64_t)(n) << 34)
#define LAST_FIELD(n)	((uint64_t)(n) << 38)

#define FEATURES0_TDG_VP_RD_WR	(UINT64_C(1) << 3)
#define FEATURES0_CPUID_CONTROL (UINT64_C(1) << 5)  /* by the guest */
#define FEATURES0_ARCH_CAPS	(UINT64_C(1) << 11) /* configurable IA32_ARCH_CAPABILITIES */
#define FEATURES0_VERIFYREPORT	(UINT64_C(1) << 8)  /* local attestation */
#define FEATURES0_TOPOLOGY_ENUM (UINT64_C(1) << 20)
#define FEATURES0                                                                                  \
	(FEATURES0_TDG_VP_RD_WR | FEATURES0_CPUID_CONTROL | FEATURES0_VERIFYREPORT |               \
	 FEATURES0_ARCH_CAPS | TDX_FEATURES0_PENDING_EPT_VIOLATION_V2 | TDX_FEATURES0_NO_RBP_MOD | \
	 FEATURES0_TOPOLOGY_ENUM)

/*
 * CPUID_VALUES: code = element 0, sub-leaf 7:1, no sub-leaf 8 (then 7:1 are ones), leaf 6:0 15:9,
 * leaf bit 31 16.
 */
#define CPUID_CODES	    (1 << 17)
#define CPUID_CODE_NO_SUB   bit(8)
#define CPUID_CODE_SUB_MASK 0x7f

#define TD_CTLS                                                                                    \
	(TDX_TD_CTLS_PENDING_VE_DISABLE | TDX_TD_CTLS_ENUM_TOPOLOGY | TDX_TD_CTLS_VIRT_CPUID2 |    \
	 TDX_TD_CTLS_REDUCE_VE | TDX_TD_CTLS_LOCK)

/* A debugger's writes: without what the module keeps for itself, or the CPU does not have. */
#define CR0_DEBUGGABLE	  UINT64_C(0x0005000e) /* AM WP TS EM MP */
#define CR4_DEBUGGABLE	  (~UINT64_C(0x6040))  /* not MCE VMXE SMXE */
#define EFER_DEBUGGABLE	  UINT64_C(0x801)      /* NXE SCE */
#define RFLAGS_DEBUGGABLE UINT64_C(0x3f7fd5)
#define DR6_DEBUGGABLE	  UINT64_C(0xe00f)
#define DR7_DEBUGGABLE	  UINT64_C(0xffff2bff)
#define ACCESS_DEBUGGABLE UINT64_C(0x1f0ff)

/* Elements of an XSAVE area in a page. */
#define XSAVE_ELEMENTS	     (TDX_PAGE_SIZE / 8)
#define XSAVE_MXCSR	     3
#define XSAVE_HEADER	     64
#define XSAVE_EXTENDED	     72
/* Component 2, AVX, is the first behind the header. */
#define XSAVE_FIRST_EXTENDED 2

#define SEPT_ENTRIES	  512
#define CPUID_VALID_COUNT 80

#define HP_LOCK_TIMEOUT_MIN 10000
#define HP_LOCK_TIMEOUT_MAX 100000000

enum field_base {
	BASE_TDR,
	BASE_TDCS,
	BASE_VCPU,
	BASE_VALUE,
	BASE_FUNCTION,
	BASE_STATE,
	BASE_XSTATE,
};

typedef uint64_t field_reader(const struct metadata_scope *s, unsigned int element);

struct field {
	uint64_t id;
	uint32_t fields;
	uint8_t elements; /* of each field */
	uint8_t context;
	uint8_t base;
	uint16_t offset;
	uint16_t size; /* of all elements together */
	uint64_t value;
	field_reader *read;
	uint64_t readable[METADATA_ACCESSORS], writable[METADATA_ACCESSORS];
};

/* --- values that are not simply in a structure --- */

static uint64_t read_package_count(const struct metadata_scope *s, unsigned int element)
{
	return platform_package_count();
}

static uint64_t read_package_fms(const struct metadata_scope *s, unsigned int element)
{
	return sys.package_fms[element];
}

static uint64_t read_cmr_count(const struct metadata_scope *s, unsigned int element)
{
	struct tdx_cmr_info cmrs[TDX_MAX_CMRS];

	return platform_cmrs(cmrs);
}

static struct tdx_cmr_info cmr(unsigned int number)
{
	struct tdx_cmr_info cmrs[TDX_MAX_CMRS] = { 0 };

	(void)platform_cmrs(cmrs);
	return cmrs[number];
}

static uint64_t read_cmr_base(const struct metadata_scope *s, unsigned int element)
{
	return cmr(element).base;
}

static uint64_t read_cmr_size(const struct metadata_scope *s, unsigned int element)
{
	return cmr(element).size;
}

static uint64_t read_xfam_fixed0(const struct metadata_scope *s, unsigned int element)
{
	return cpuid_xfam_supported();
}

static uint64_t read_config_flags_fixed0(const struct metadata_scope *s, unsigned int element)
{
	return sys_config_flags_fixed0();
}

static struct tdx_cpuid_config config_entry(unsigned int number)
{
	struct tdx_cpuid_config list[CPUID_CONFIG_COUNT];

	if (number >= CPUID_CONFIG_COUNT)
		return (struct tdx_cpuid_config){ 0 };
	cpuid_config_list(list);
	return list[number];
}

static uint64_t read_config_leaf(const struct metadata_scope *s, unsigned int element)
{
	struct tdx_cpuid_config config = config_entry(element);

	return make64(config.subleaf, config.leaf);
}

static uint64_t read_config_value(const struct metadata_scope *s, unsigned int element)
{
	struct tdx_cpuid_config config = config_entry(element / 2);

	return element % 2 ? make64(config.edx, config.ecx) : make64(config.ebx, config.eax);
}

static uint64_t read_gpaw(const struct metadata_scope *s, unsigned int element)
{
	return s->tdcs->config_flags & TDX_CONFIG_GPAW_52 ? 1 : 0;
}

static uint64_t read_eptp(const struct metadata_scope *s, unsigned int element)
{
	return td_sept_root(s->tdr).pa | s->tdcs->eptp_controls;
}

static uint64_t read_topology_configured(const struct metadata_scope *s, unsigned int element)
{
	return topology_is_configured(s->tdcs);
}

/* Where each component of XFAM lies in the XSAVE area, and its size: of the standard format. */
static uint64_t read_xbuff_size(const struct metadata_scope *s, unsigned int element)
{
	return cpu_xsave_size(s->tdcs->xfam, false);
}

static uint64_t read_xbuff_offset(const struct metadata_scope *s, unsigned int element)
{
	uint32_t leaf[4];

	if (element < XSAVE_FIRST_EXTENDED || !(s->tdcs->xfam & bit(element)))
		return 0;
	cpu_cpuid(0xd, element, leaf);
	return leaf[1];
}

static uint64_t read_cpuid_valid(const struct metadata_scope *s, unsigned int element)
{
	return element < cpuid_row_count();
}

/* As TDH.MEM.SEPT.RD shows entries. */
static uint64_t read_sept_root(const struct metadata_scope *s, unsigned int element)
{
	uint64_t *entries = phys_ptr(td_sept_root(s->tdr));

	return sept_arch_entry((struct sept_slot){ &entries[element], s->tdcs->sept_levels - 1u });
}

static uint64_t read_cpuid_rows(const struct metadata_scope *s, unsigned int element)
{
	return cpuid_row_count();
}

static uint32_t code_of_row(unsigned int row)
{
	uint32_t leaf, subleaf, code;

	cpuid_row(row, &leaf, &subleaf);
	code = (leaf & 0x7f) << 9 | leaf >> 31 << 16;
	if (subleaf == CPUID_NO_SUBLEAF)
		return code | (uint32_t)CPUID_CODE_NO_SUB | CPUID_CODE_SUB_MASK << 1;
	return code | (subleaf & CPUID_CODE_SUB_MASK) << 1;
}

/* The row that a code names, whichever of its elements. */
static bool row_of_code(uint32_t code, unsigned int *row)
{
	for (*row = 0; *row < cpuid_row_count(); (*row)++)
		if (code_of_row(*row) == (code & ~UINT32_C(1)))
			return true;
	return false;
}

static uint64_t read_cpuid_value(const struct metadata_scope *s, unsigned int element)
{
	struct tdx_cpuid_value value;
	uint32_t leaf, subleaf;
	unsigned int row;

	if (!row_of_code(element, &row))
		return 0;
	cpuid_row(row, &leaf, &subleaf);
	(void)cpuid_td_value(s->tdr, leaf, subleaf, &value);
	return element % 2 ? make64(value.edx, value.ecx) : make64(value.ebx, value.eax);
}

static uint64_t read_vapic(const struct metadata_scope *s, unsigned int element)
{
	return ((const uint64_t *)vcpu_page(s->vcpu, TDVPS_VAPIC))[element];
}

static uint64_t read_state_details(const struct metadata_scope *s, unsigned int element)
{
	return vapic_is_pending(s->vcpu) ? TDX_VCPU_STATE_VMXIP : 0;
}

static uint64_t read_xfam(const struct metadata_scope *s, unsigned int element)
{
	return s->tdcs->xfam;
}

/* --- the table --- */

#define MEMBER_SIZE(type, member) sizeof(((struct type *)0)->member)
#define TDR(member)                                                                                \
	.base = BASE_TDR, .offset = offsetof(struct tdr, member), .size = MEMBER_SIZE(tdr, member)
#define TDCS(member)                                                                               \
	.base = BASE_TDCS, .offset = offsetof(struct tdcs, member),                                \
	.size = MEMBER_SIZE(tdcs, member)
#define VCPU(member)                                                                               \
	.base = BASE_VCPU, .offset = offsetof(struct vcpu, member),                                \
	.size = MEMBER_SIZE(vcpu, member)
#define GPRS(first, count)                                                                         \
	.base = BASE_VCPU, .offset = offsetof(struct vcpu, cpu.gpr[first]),                        \
	.size = (count) * sizeof(uint64_t)
#define STATE(what)	.base = BASE_STATE, .value = CPU_STATE_##what
#define XSTATE		.base = BASE_XSTATE
#define VALUE(constant) .base = BASE_VALUE, .value = (constant)
#define READ(function)	.base = BASE_FUNCTION, .read = function

static const struct field table[] = {
#define FIELD(ctx, name, identifier, n, e, source, host_rd, host_wr, debug_rd, debug_wr, guest_rd, \
	      guest_wr)                                                                            \
	{                                                                                          \
		.id = (identifier),                                                                \
		.fields = (n),                                                                     \
		.elements = (e),                                                                   \
		.context = TDX_CONTEXT_##ctx,                                                      \
		source,                                                                            \
		.readable = { host_rd, debug_rd, guest_rd },                                       \
		.writable = { host_wr, debug_wr, guest_wr },                                       \
	},
#include "module/fields.def"
#undef FIELD
};

enum field_index {
#define FIELD(ctx, name, identifier, n, e, source, host_rd, host_wr, debug_rd, debug_wr, guest_rd, \
	      guest_wr)                                                                            \
	FIELD_##name,
#include "module/fields.def"
#undef FIELD
	FIELD_COUNT,
};

/* --- finding --- */

static uint32_t class_of(uint64_t id)
{
	return (uint32_t)(id >> TDX_FIELD_CLASS_SHIFT) & TDX_FIELD_CLASS_MASK;
}

static uint32_t code_of(uint64_t id)
{
	return (uint32_t)(id & TDX_FIELD_CODE_MASK);
}

static uint32_t element_count(const struct field *f)
{
	return f->fields * f->elements;
}

/* CPUID_VALUES is the only field with holes. */
static bool element_exists(const struct field *f, uint32_t element)
{
	unsigned int row;

	return f != &table[FIELD_CPUID_VALUES] || row_of_code(element, &row);
}

static const struct field *find(const struct metadata_scope *s, uint64_t id, uint32_t *element)
{
	if (id & (ID_RESERVED | ID_LAST))
		return NULL;
	for (unsigned int i = 0; i < FIELD_COUNT; i++) {
		const struct field *f = &table[i];

		*element = code_of(id) - code_of(f->id);
		if (f->context == s->context && class_of(f->id) == class_of(id) &&
		    *element < element_count(f) && element_exists(f, *element))
			return f;
	}
	return NULL;
}

static uint64_t id_of(const struct field *f, uint32_t element)
{
	return f->id + element;
}

/* --- access --- */

enum metadata_accessor metadata_host_of(const struct tdcs *tdcs)
{
	return tdcs->attributes & TDX_ATTR_DEBUG ? METADATA_HOST_DEBUG : METADATA_HOST;
}

static uint32_t element_size(const struct field *f)
{
	return f->size / element_count(f);
}

static void *object(const struct metadata_scope *s, const struct field *f, uint32_t element)
{
	uint32_t offset = f->offset + element * element_size(f);

	switch (f->base) {
	case BASE_TDR:
		return (uint8_t *)s->tdr + offset;
	case BASE_TDCS:
		return (uint8_t *)s->tdcs + offset;
	case BASE_VCPU:
		return (uint8_t *)s->vcpu + offset;
	default:
		return NULL;
	}
}

/* A TD or another logical processor may change a field while it is read: each access is one. */
static uint64_t load(const void *from, uint32_t size)
{
	switch (size) {
	case 1:
		return __atomic_load_n((const uint8_t *)from, __ATOMIC_RELAXED);
	case 2:
		return __atomic_load_n((const uint16_t *)from, __ATOMIC_RELAXED);
	case 4:
		return __atomic_load_n((const uint32_t *)from, __ATOMIC_RELAXED);
	default:
		CHECK(size == 8);
		return __atomic_load_n((const uint64_t *)from, __ATOMIC_RELAXED);
	}
}

/* False when the field is not what it was. */
static bool replace(void *at, uint32_t size, uint64_t before, uint64_t after)
{
	uint8_t old8 = (uint8_t)before;
	uint16_t old16 = (uint16_t)before;
	uint32_t old32 = (uint32_t)before;

	switch (size) {
	case 1:
		return __atomic_compare_exchange_n((uint8_t *)at, &old8, (uint8_t)after, false,
						   __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	case 2:
		return __atomic_compare_exchange_n((uint16_t *)at, &old16, (uint16_t)after, false,
						   __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	case 4:
		return __atomic_compare_exchange_n((uint32_t *)at, &old32, (uint32_t)after, false,
						   __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	default:
		CHECK(size == 8);
		return __atomic_compare_exchange_n((uint64_t *)at, &before, after, false,
						   __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	}
}

static uint64_t get(const struct metadata_scope *s, const struct field *f, uint32_t element)
{
	if (f->base == BASE_VALUE)
		return f->value;
	if (f->base == BASE_FUNCTION)
		return f->read(s, element);
	if (f->base == BASE_STATE)
		return cpu_vcpu_state(&s->vcpu->cpu, (enum cpu_state)(f->value + element));
	if (f->base == BASE_XSTATE)
		return cpu_vcpu_xstate(&s->vcpu->cpu)[element];
	return load(object(s, f, element), element_size(f));
}

uint64_t metadata_read(const struct metadata_scope *s, uint64_t id, uint64_t *value)
{
	uint32_t element;
	const struct field *f = find(s, id, &element);

	*value = 0;
	if (!f)
		return TDX_METADATA_FIELD_ID_INCORRECT;
	if (!f->readable[s->accessor])
		return TDX_METADATA_FIELD_NOT_READABLE;
	*value = get(s, f, element) & f->readable[s->accessor];
	return TDX_SUCCESS;
}

/* An address of the VMM's memory, without key id. */
static bool is_host_address(uint64_t value)
{
	return value < bit(PLATFORM_HKID_SHIFT);
}

/* TDX Module ABI specification, "TD_CTLS". */
static bool td_ctls_are_valid(const struct tdcs *tdcs, uint64_t old, uint64_t value)
{
	uint64_t changed = old ^ value;

	if ((changed & TDX_TD_CTLS_PENDING_VE_DISABLE) &&
	    !(tdcs->config_flags & TDX_CONFIG_FLEXIBLE_PENDING_VE))
		return false;
	return !(changed & value & (TDX_TD_CTLS_ENUM_TOPOLOGY | TDX_TD_CTLS_REDUCE_VE)) ||
	       topology_is_configured(tdcs);
}

/* The XSAVE header is the module's; MXCSR has no upper half. Intel SDM, "XSAVE Area". */
static bool xstate_is_valid(uint32_t element, uint64_t old, uint64_t value)
{
	if (element >= XSAVE_HEADER && element < XSAVE_EXTENDED)
		return old == value;
	return element != XSAVE_MXCSR || !(low32(value) >> 16);
}

static bool is_valid(const struct metadata_scope *s, const struct field *f, uint32_t element,
		     uint64_t old, uint64_t value)
{
	switch ((unsigned int)(f - table)) {
	case FIELD_HP_LOCK_TIMEOUT:
		return value >= HP_LOCK_TIMEOUT_MIN && value <= HP_LOCK_TIMEOUT_MAX;
	case FIELD_TD_CTLS:
		return td_ctls_are_valid(s->tdcs, old, value);
	case FIELD_VMCS_PI_VECTOR:
		return value <= UINT8_MAX;
	case FIELD_VMCS_GUEST_CR4:
		return !(value & ~(cpu_cr4_supported() | old));
	case FIELD_XBUFF:
		return xstate_is_valid(element, old, value);
	case FIELD_VMCS_PI_DESCRIPTOR:
	case FIELD_VMCS_SHARED_EPTP:
		return is_host_address(value);
	case FIELD_PEND_NMI:
	case FIELD_CPUID_SUPERVISOR_VE:
	case FIELD_CPUID_USER_VE:
		return value <= 1;
	default:
		return true;
	}
}

/* False when another has changed the field since it was read. */
static bool put_value(const struct metadata_scope *s, const struct field *f, uint32_t element,
		      uint64_t before, uint64_t value)
{
	if (f->base == BASE_STATE) {
		cpu_vcpu_set_state(&s->vcpu->cpu, (enum cpu_state)(f->value + element), value);
		return true;
	}
	if (f->base == BASE_XSTATE) {
		cpu_vcpu_xstate(&s->vcpu->cpu)[element] = value;
		return true;
	}
	if (f == &table[FIELD_VMCS_SHARED_EPTP])
		cpu_shared_forget(&s->vcpu->cpu);
	return replace(object(s, f, element), element_size(f), before, value);
}

uint64_t metadata_write(const struct metadata_scope *s, uint64_t id, uint64_t value, uint64_t mask,
			uint64_t *old)
{
	uint32_t element;
	const struct field *f = find(s, id, &element);
	uint64_t before, after;

	*old = 0;
	if (!f)
		return TDX_METADATA_FIELD_ID_INCORRECT;
	mask &= f->writable[s->accessor];
	if (!mask)
		return TDX_METADATA_FIELD_NOT_WRITABLE;
	do {
		before = get(s, f, element);
		if (f == &table[FIELD_TD_CTLS] && (before & TDX_TD_CTLS_LOCK))
			return TDX_METADATA_FIELD_CURRENTLY_NOT_WRITABLE;
		after = (before & ~mask) | (value & mask);
		if (!is_valid(s, f, element, before, after))
			return TDX_METADATA_FIELD_VALUE_NOT_VALID;
	} while (!put_value(s, f, element, before, after));
	*old = before & f->readable[s->accessor];
	return TDX_SUCCESS;
}

/* --- iteration --- */

bool metadata_is_none(uint64_t id)
{
	return (id | ID_CONTEXT) == TDX_FIELD_NONE;
}

/* The first field of the scope from table[index] on. */
static uint64_t first_from(const struct metadata_scope *s, unsigned int index)
{
	for (; index < FIELD_COUNT; index++)
		if (table[index].context == s->context && table[index].readable[s->accessor])
			return id_of(&table[index],
				     index == FIELD_CPUID_VALUES ? code_of_row(0) : 0);
	return TDX_FIELD_NONE;
}

uint64_t metadata_first(const struct metadata_scope *s)
{
	return first_from(s, 0);
}

static bool next_cpuid(uint32_t element, uint32_t *next)
{
	unsigned int row;

	*next = element + 1;
	if (element % 2 == 0)
		return true;
	if (!row_of_code(element, &row) || row + 1 == cpuid_row_count())
		return false;
	*next = code_of_row(row + 1);
	return true;
}

uint64_t metadata_next(const struct metadata_scope *s, uint64_t id)
{
	uint32_t element, next;
	const struct field *f = find(s, id, &element);
	bool more;

	if (!f)
		return TDX_FIELD_NONE;
	next = element + 1;
	more = f == &table[FIELD_CPUID_VALUES] ? next_cpuid(element, &next)
					       : next < element_count(f);
	if (more && f->readable[s->accessor])
		return id_of(f, next);
	return first_from(s, (unsigned int)(f - table) + 1);
}

uint64_t metadata_read_next(const struct metadata_scope *s, uint64_t id, uint64_t *value,
			    uint64_t *next)
{
	uint64_t status;

	*value = 0;
	*next = TDX_FIELD_NONE;
	if (metadata_is_none(id)) {
		*next = metadata_first(s);
		return TDX_METADATA_FIRST_FIELD_ID_IN_CONTEXT;
	}
	status = metadata_read(s, id, value);
	if (!status)
		*next = metadata_next(s, id);
	return status;
}

/* --- lists --- */

#define LIST_SIZE  TDX_PAGE_SIZE
#define LIST_ENTRY sizeof(uint64_t)

/* One sequence: the identifier with its last element and field, then the values. */
static uint32_t put_sequence(const struct metadata_scope *s, const struct field *f, struct hpa at,
			     metadata_put *put)
{
	uint64_t id = f->id | LAST_ELEMENT(f->elements - 1u) | LAST_FIELD(f->fields - 1u);
	uint32_t count = element_count(f);

	put(at, &id, LIST_ENTRY);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t value = get(s, f, i) & f->readable[s->accessor];

		put(hpa_add(at, LIST_ENTRY * (i + 1)), &value, LIST_ENTRY);
	}
	return (uint32_t)LIST_ENTRY * (count + 1);
}

uint64_t metadata_list(const struct metadata_scope *s, uint64_t id, struct hpa page,
		       metadata_put *put, uint64_t *next)
{
	uint32_t size = LIST_ENTRY, sequences = 0, element;
	uint64_t header;

	if (metadata_is_none(id))
		id = metadata_first(s);
	*next = TDX_FIELD_NONE;
	if (!find(s, id, &element) || element != 0)
		return TDX_METADATA_FIELD_ID_INCORRECT;
	while (id != TDX_FIELD_NONE) {
		const struct field *f = find(s, id, &element);

		if (!f || size + LIST_ENTRY * (element_count(f) + 1) > LIST_SIZE)
			break;
		size += put_sequence(s, f, hpa_add(page, size), put);
		sequences++;
		id = first_from(s, (unsigned int)(f - table) + 1);
	}
	if (!sequences)
		return TDX_METADATA_LIST_OVERFLOW;
	header = size | (uint64_t)sequences << 16;
	put(page, &header, LIST_ENTRY);
	*next = id;
	return TDX_SUCCESS;
}
