/* SPDX-License-Identifier: MIT */
#include "vmm/fwcfg.h"

#include <string.h>

#include "lib/bits.h"
#include "vmm/console.h"
#include "vmm/io.h"
#include "vmm/pages.h"

#define PORT_DMA_HIGH 0x514 /* both big-endian; the low half starts the transfer */
#define PORT_DMA_LOW  0x518

#define KEY_ID	      0x01
#define KEY_DIRECTORY 0x19
#define ID_HAS_DMA    bit(1)

#define DMA_ERROR  bit(0)
#define DMA_READ   bit(1)
#define DMA_SELECT bit(3)

#define MAX_FILES 128
#define MAX_POLLS 1000000

/* All members big-endian. */
struct dma_access {
	uint32_t control;
	uint32_t length;
	uint64_t address;
};

struct directory_entry {
	uint32_t size;
	uint16_t selector;
	uint16_t reserved;
	char name[56];
};

static struct {
	uint32_t count;
	struct directory_entry files[MAX_FILES];
} directory;

static bool transfer(uint16_t key, uint64_t to, uint32_t size)
{
	static volatile struct dma_access access __attribute__((aligned(16)));
	uint64_t pa = hpa_of((const void *)&access).pa;

	access.control = __builtin_bswap32((uint32_t)key << 16 | DMA_SELECT | DMA_READ);
	access.length = __builtin_bswap32(size);
	access.address = __builtin_bswap64(to);
	outl(__builtin_bswap32(high32(pa)), PORT_DMA_HIGH);
	outl(__builtin_bswap32(low32(pa)), PORT_DMA_LOW);
	for (unsigned int i = 0; i < MAX_POLLS; i++) {
		uint32_t control = __builtin_bswap32(access.control);

		if (control == 0)
			return true;
		if (control & DMA_ERROR)
			return false;
	}
	return false;
}

void fwcfg_init(void)
{
	static uint32_t id;

	if (!transfer(KEY_ID, hpa_of(&id).pa, sizeof(id)) || !(id & ID_HAS_DMA))
		fail("The machine has no firmware configuration device with DMA.");
	if (!transfer(KEY_DIRECTORY, hpa_of(&directory).pa, sizeof(directory)))
		fail("The directory of the firmware configuration device cannot be read.");
}

bool fwcfg_find(const char *name, struct fwcfg_file *file)
{
	uint32_t count = __builtin_bswap32(directory.count);

	for (uint32_t i = 0; i < count && i < MAX_FILES; i++) {
		const struct directory_entry *e = &directory.files[i];

		if (memcmp(e->name, name, strlen(name) + 1) != 0)
			continue;
		file->selector = __builtin_bswap16(e->selector);
		file->size = __builtin_bswap32(e->size);
		return true;
	}
	return false;
}

void fwcfg_read(const struct fwcfg_file *file, struct hpa to, uint32_t size)
{
	if (!transfer(file->selector, to.pa, size))
		fail("A file of the command cannot be read.");
}
