/* SPDX-License-Identifier: MIT */
/* The files that the command hands over: QEMU's firmware configuration device, by its DMA interface
 * (QEMU documentation, "QEMU Firmware Configuration (fw_cfg) Device"). */
#ifndef VMM_FWCFG_H
#define VMM_FWCFG_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"

struct fwcfg_file {
	uint16_t selector;
	uint32_t size;
};

/* Fails the VMM when there is no such device. */
void fwcfg_init(void);
bool fwcfg_find(const char *name, struct fwcfg_file *file);
/* The first size bytes of the file, to physical memory. */
void fwcfg_read(const struct fwcfg_file *file, struct hpa to, uint32_t size);

#endif
