/* SPDX-License-Identifier: MIT */
/*
 * The initramfs that --exec needs: a static busybox, the command, and an init that runs it. It lies
 * in /swtdx of the root file system, so that it can be laid over another initramfs.
 *
 * The init talks to us on the second serial port, in lines: "ready" before the command starts,
 * "status N" when it has ended.
 */
#ifndef TOOLS_INITRAMFS_H
#define TOOLS_INITRAMFS_H

#include "tools/blob.h"

#define INITRAMFS_INIT "/swtdx/init"

/*
 * Appends a cpio archive (newc, not compressed) to blob, which holds nothing or another initramfs.
 * The same input gives the same bytes. Returns 0, or a status after having said why not.
 */
int initramfs_append(struct blob *blob, const char *command);

/*
 * The busybox that would be used: $SWTDX_BUSYBOX, or the first static one in the usual places.
 * NULL when there is none.
 */
const char *busybox_find(void);

#endif
