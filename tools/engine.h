/* SPDX-License-Identifier: MIT */
/* Which QEMU there is, and what it can do on this computer. */
#ifndef TOOLS_ENGINE_H
#define TOOLS_ENGINE_H

#include <limits.h>
#include <stdbool.h>

#include "tools/options.h"

#define OLDEST_QEMU 8 /* older ones lose flags after VMRUN */
#define TESTED_QEMU 10

struct engine {
	char path[PATH_MAX];
	char version[64]; /* "10.0.2" */
	int major;
	bool has_tcg, has_kvm; /* built in */
	bool has_machine;      /* q35 */
	bool has_svm;	       /* known by its CPU models */
	enum accel accel;      /* what engine_choose() chose: TCG or KVM */
};

/*
 * Finds the program (name may be a path, a name, or NULL for qemu-system-x86_64) and asks it what
 * it can do. Returns 0, or STATUS_ENGINE after having said what is missing.
 */
int engine_probe(struct engine *engine, const char *name);

/* Checks what engine_probe() found, and chooses the accelerator. Returns as engine_probe(). */
int engine_choose(struct engine *engine, enum accel wanted);

/* NULL when /dev/kvm gives guests SVM with nested paging; otherwise why it does not. */
const char *kvm_obstacle(void);

const char *accel_name(enum accel accel);

#endif
