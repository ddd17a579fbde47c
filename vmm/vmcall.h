/* SPDX-License-Identifier: MIT */
/*
 * The sub-functions of TDG.VP.VMCALL, one function each. GHCI specification, "TDG.VP.VMCALL
 * Interface". Operands and results are in v->gpr; each returns what goes to R10. No SEAMCALL is
 * made but by those that change memory, and by HLT.
 */
#ifndef VMM_VMCALL_H
#define VMM_VMCALL_H

#include <stdint.h>

#include "vmm/td.h"

uint64_t vmcall_hlt(struct vcpu *v);
uint64_t vmcall_io(struct vcpu *v);
uint64_t vmcall_rdmsr(struct vcpu *v);
uint64_t vmcall_wrmsr(struct vcpu *v);
uint64_t vmcall_mmio(struct vcpu *v);
uint64_t vmcall_map_gpa(struct vcpu *v);
uint64_t vmcall_report_fatal_error(struct vcpu *v);

/* The counters' names, for the report. */
extern const char *const vmcall_names[VMCALL_COUNT];

#endif
