/* SPDX-License-Identifier: MIT */
/*
 * ACPI tables of a machine with hardware-reduced ACPI, one CPU with a local APIC and one I/O APIC.
 * ACPI specification 6.5, chapter 5.2. They lie in memory of type ACPI, which the kernel maps
 * private.
 */
#include <string.h>

#include "lib/handoff.h"
#include "shim/shim.h"

#define LOCAL_APIC_ADDRESS 0xfee00000
#define IO_APIC_ADDRESS	   0xfec00000

#define FADT_WBINVD	       (1 << 0)
#define FADT_NO_POWER_BUTTON   (1 << 4)
#define FADT_NO_SLEEP_BUTTON   (1 << 5)
#define FADT_RESET_REGISTER    (1 << 10)
#define FADT_HW_REDUCED	       (1 << 20)
#define FADT_BOOT_NO_VGA       (1 << 2)
#define MADT_LOCAL_APIC	       0
#define MADT_IO_APIC	       1
#define MADT_PROCESSOR_ENABLED 1

struct rsdp {
	char signature[8];
	uint8_t checksum; /* of the first 20 bytes */
	char oem_id[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum;
	uint8_t reserved[3];
} __attribute__((packed));

struct table_header {
	char signature[4];
	uint32_t length;
	uint8_t revision;
	uint8_t checksum;
	char oem_id[6];
	char oem_table_id[8];
	uint32_t oem_revision;
	char creator_id[4];
	uint32_t creator_revision;
} __attribute__((packed));

struct xsdt {
	struct table_header header;
	uint64_t tables[2]; /* FADT, MADT */
} __attribute__((packed));

/* Generic address structure: an 8-bit I/O port. */
struct port_register {
	uint8_t address_space;
	uint8_t bit_width;
	uint8_t bit_offset;
	uint8_t access_size;
	uint64_t address;
} __attribute__((packed));

struct fadt {
	struct table_header header;
	uint8_t unused_0[73];
	uint16_t boot_architecture; /* 109 */
	uint8_t unused_1;
	uint32_t flags;
	struct port_register reset;
	uint8_t reset_value;
	uint8_t unused_2[2];
	uint8_t minor_version;
	uint8_t unused_3[8];
	uint64_t dsdt; /* 140 */
	uint8_t unused_4[96];
	struct port_register sleep_control; /* 244 */
	struct port_register sleep_status;
	uint64_t hypervisor_vendor;
} __attribute__((packed));

_Static_assert(offsetof(struct fadt, boot_architecture) == 109 &&
		       offsetof(struct fadt, reset) == 116 && offsetof(struct fadt, dsdt) == 140 &&
		       offsetof(struct fadt, sleep_control) == 244 && sizeof(struct fadt) == 276,
	       "FADT of ACPI 6.5");

struct madt {
	struct table_header header;
	uint32_t local_apic_address;
	uint32_t flags; /* bit 0, PCAT_COMPAT, is 0: there are no 8259s */
	struct {
		uint8_t type, length;
		uint8_t processor_uid;
		uint8_t apic_id;
		uint32_t flags;
	} __attribute__((packed)) local_apic;
	struct {
		uint8_t type, length;
		uint8_t id;
		uint8_t reserved;
		uint32_t address;
		uint32_t first_interrupt;
	} __attribute__((packed)) io_apic;
} __attribute__((packed));

struct tables {
	struct rsdp rsdp;
	uint8_t pad[4];
	struct xsdt xsdt;
	struct fadt fadt;
	struct madt madt;
	uint8_t dsdt[];
} __attribute__((packed));

/* dsdt.S: compiled from dsdt.asl */
extern const uint8_t dsdt_start[], dsdt_end[];

/* What must be added for all bytes to give 0. */
static uint8_t checksum(const void *data, size_t size)
{
	const uint8_t *bytes = data;
	uint8_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += bytes[i];
	return (uint8_t)-sum;
}

static void finish(struct table_header *h, const char *signature, uint8_t revision, size_t size)
{
	memcpy(h->signature, signature, 4);
	h->length = (uint32_t)size;
	h->revision = revision;
	memcpy(h->oem_id, "SWTDX ", 6);
	memcpy(h->oem_table_id, "SWTDX   ", 8);
	h->oem_revision = 1;
	memcpy(h->creator_id, "SWTX", 4);
	h->creator_revision = 1;
	h->checksum = checksum(h, size);
}

static struct port_register port_register(uint16_t port)
{
	return (struct port_register){
		.address_space = 1, .bit_width = 8, .access_size = 1, .address = port
	};
}

static void build_fadt(struct fadt *fadt, uint64_t dsdt)
{
	fadt->boot_architecture = FADT_BOOT_NO_VGA;
	fadt->flags = FADT_WBINVD | FADT_NO_POWER_BUTTON | FADT_NO_SLEEP_BUTTON |
		      FADT_RESET_REGISTER | FADT_HW_REDUCED;
	fadt->reset = port_register(PORT_TD_RESET);
	fadt->reset_value = TD_RESET_VALUE;
	fadt->minor_version = 5;
	fadt->dsdt = dsdt;
	fadt->sleep_control = port_register(PORT_TD_POWER);
	fadt->sleep_status = port_register(PORT_TD_STATUS);
	finish(&fadt->header, "FACP", 6, sizeof(*fadt));
}

static void build_madt(struct madt *madt)
{
	madt->local_apic_address = LOCAL_APIC_ADDRESS;
	madt->local_apic.type = MADT_LOCAL_APIC;
	madt->local_apic.length = sizeof(madt->local_apic);
	madt->local_apic.flags = MADT_PROCESSOR_ENABLED;
	madt->io_apic.type = MADT_IO_APIC;
	madt->io_apic.length = sizeof(madt->io_apic);
	madt->io_apic.address = IO_APIC_ADDRESS;
	finish(&madt->header, "APIC", 5, sizeof(*madt));
}

static void build_rsdp(struct rsdp *rsdp, uint64_t xsdt)
{
	memcpy(rsdp->signature, "RSD PTR ", 8);
	memcpy(rsdp->oem_id, "SWTDX ", 6);
	rsdp->revision = 2;
	rsdp->length = sizeof(*rsdp);
	rsdp->xsdt = xsdt;
	rsdp->checksum = checksum(rsdp, offsetof(struct rsdp, length));
	rsdp->extended_checksum = checksum(rsdp, sizeof(*rsdp));
}

uint64_t acpi_build(void)
{
	struct tables *t = (struct tables *)ACPI_ADDRESS;
	size_t dsdt_size = (size_t)(dsdt_end - dsdt_start);

	if (sizeof(*t) + dsdt_size > ACPI_SIZE)
		fail(SHIM_NO_ROOM, "The ACPI tables do not fit.");
	memcpy(t->dsdt, dsdt_start, dsdt_size);
	build_fadt(&t->fadt, (uintptr_t)t->dsdt);
	build_madt(&t->madt);
	t->xsdt.tables[0] = (uintptr_t)&t->fadt;
	t->xsdt.tables[1] = (uintptr_t)&t->madt;
	finish(&t->xsdt.header, "XSDT", 1, sizeof(t->xsdt));
	build_rsdp(&t->rsdp, (uintptr_t)&t->xsdt);
	return (uintptr_t)&t->rsdp;
}
