/* SPDX-License-Identifier: MIT */
/* Shared by trap.S and trap.c. */
#ifndef SHIM_TRAP_VECTORS_H
#define SHIM_TRAP_VECTORS_H

#define TRAP_VECTORS	 64
#define TRAP_STUB_SIZE	 16
#define TRAP_ERROR_CODES 0x60227d00 /* vectors 8 10-14 17 21 29 30 */

#endif
