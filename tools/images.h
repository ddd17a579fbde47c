/* SPDX-License-Identifier: MIT */
/* The images that the command carries in itself; tools/images.S. */
#ifndef TOOLS_IMAGES_H
#define TOOLS_IMAGES_H

#include <stdint.h>

extern const uint8_t image_monitor[], image_monitor_end[]; /* flat multiboot image */
extern const uint8_t image_vmm[], image_vmm_end[];	   /* ELF */
extern const uint8_t image_shim[], image_shim_end[]; /* TDVF image: the firmware of a kernel */
extern const uint8_t image_hello_td[], image_hello_td_end[]; /* TDVF image: examples/hello-td */

#endif
