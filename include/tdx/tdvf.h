/* SPDX-License-Identifier: MIT */
/*
 * TDVF: the format of a TD's firmware image, and the hand-off block (HOB) list that the VMM gives
 * to it. Intel "TDX Virtual Firmware Design Guide", chapters 4 (TD hand-off block) and 11
 * (metadata); UEFI PI volume 3 (HOBs).
 *
 * The image's last byte is at GPA 4 GiB - 1. The 32-bit number at 0x20 before its end is the
 * distance of the descriptor from the end; newer images also name it in a table of GUIDed entries
 * that ends at 0x30 before the end.
 */
#ifndef TDX_TDVF_H
#define TDX_TDVF_H

#include <stdint.h>

#define TDVF_SIGNATURE		0x46564454 /* "TDVF" */
#define TDVF_VERSION		1
#define TDVF_DESCRIPTOR_POINTER 0x20 /* before the image's end */

enum tdvf_section_type {
	TDVF_SECTION_BFV = 0, /* boot firmware volume: code */
	TDVF_SECTION_CFV = 1, /* configuration firmware volume */
	TDVF_SECTION_TD_HOB = 2,
	TDVF_SECTION_TEMP_MEM = 3,
	TDVF_SECTION_PERM_MEM = 4,
	TDVF_SECTION_PAYLOAD = 5,
	TDVF_SECTION_PAYLOAD_PARAM = 6,
	TDVF_SECTION_TD_INFO = 7,
	TDVF_SECTION_TD_PARAMS = 8,
};

#define TDVF_SECTION_MR_EXTEND (1 << 0) /* contents go into MRTD */
#define TDVF_SECTION_PAGE_AUG  (1 << 1) /* pages are augmented, not added */

struct tdvf_section {
	uint32_t data_offset; /* in the image */
	uint32_t raw_data_size;
	uint64_t memory_address; /* GPA */
	uint64_t memory_data_size;
	uint32_t type;
	uint32_t attributes;
};

struct tdvf_descriptor {
	uint32_t signature;
	uint32_t length; /* 16 + 32 * sections */
	uint32_t version;
	uint32_t section_count;
	struct tdvf_section sections[];
};

enum hob_type {
	HOB_TYPE_HANDOFF = 1,
	HOB_TYPE_RESOURCE_DESCRIPTOR = 3,
	HOB_TYPE_GUID_EXTENSION = 4,
	HOB_TYPE_END_OF_HOB_LIST = 0xffff,
};

struct hob_header {
	uint16_t type;
	uint16_t length;
	uint32_t reserved;
};

struct hob_handoff {
	struct hob_header header;
	uint32_t version; /* 9 */
	uint32_t boot_mode;
	uint64_t memory_top;
	uint64_t memory_bottom;
	uint64_t free_memory_top;
	uint64_t free_memory_bottom;
	uint64_t end_of_hob_list; /* GPA behind the end marker */
};

enum hob_resource_type {
	HOB_RESOURCE_SYSTEM_MEMORY = 0, /* added by the VMM: usable at once */
	HOB_RESOURCE_MEMORY_UNACCEPTED = 7,
};

#define HOB_RESOURCE_ATTR_RAM 0x7 /* present, initialised, tested */

struct hob_guid {
	uint8_t bytes[16];
};

struct hob_resource {
	struct hob_header header;
	struct hob_guid owner;
	uint32_t resource_type;
	uint32_t attribute;
	uint64_t start;
	uint64_t length;
};

struct hob_guid_extension {
	struct hob_header header;
	struct hob_guid name;
	/* data follows */
};

#endif
