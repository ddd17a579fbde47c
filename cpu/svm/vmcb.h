/* SPDX-License-Identifier: MIT */
/* The virtual machine control block. AMD64 Architecture Programmer's Manual volume 2, appendix B.
 */
#ifndef SVM_VMCB_H
#define SVM_VMCB_H

#include <stddef.h>
#include <stdint.h>

struct vmcb_segment {
	uint16_t selector;
	uint16_t attributes; /* descriptor bits 55:52 in 11:8, 47:40 in 7:0 */
	uint32_t limit;
	uint64_t base;
};

struct vmcb {
	uint16_t intercept_cr_read;
	uint16_t intercept_cr_write;
	uint16_t intercept_dr_read;
	uint16_t intercept_dr_write;
	uint32_t intercept_exceptions;
	uint64_t intercepts __attribute__((packed)); /* enum svm_intercept, one bit each */
	uint8_t reserved_0[0x40 - 0x14];
	uint64_t iopm_pa;
	uint64_t msrpm_pa;
	uint64_t tsc_offset;
	uint32_t asid;
	uint8_t tlb_control;
	uint8_t reserved_1[3];
	uint32_t int_control;
	uint32_t int_vector;
	uint64_t int_state;
	uint64_t exit_code;
	uint64_t exit_info_1;
	uint64_t exit_info_2;
	uint32_t exit_int_info;
	uint32_t exit_int_error;
	uint64_t nested_control;
	uint8_t reserved_2[0xa8 - 0x98];
	uint32_t event_inject;
	uint32_t event_error;
	uint64_t nested_cr3;
	uint64_t virt_ext;
	uint32_t clean;
	uint32_t reserved_3;
	uint64_t next_rip;
	uint8_t reserved_4[0x400 - 0xd0];

	struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	uint8_t reserved_5[0x4cb - 0x4a0];
	uint8_t cpl;
	uint32_t reserved_6;
	uint64_t efer;
	uint8_t reserved_7[0x548 - 0x4d8];
	uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
	uint8_t reserved_8[0x5d8 - 0x580];
	uint64_t rsp;
	uint8_t reserved_9[0x5f8 - 0x5e0];
	uint64_t rax;
	uint64_t star, lstar, cstar, sfmask, kernel_gs_base;
	uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
	uint64_t cr2;
	uint8_t reserved_10[0x668 - 0x648];
	uint64_t g_pat;
	uint8_t reserved_11[0x1000 - 0x670];
};

_Static_assert(offsetof(struct vmcb, intercepts) == 0x0c, "vmcb");
_Static_assert(offsetof(struct vmcb, iopm_pa) == 0x40, "vmcb");
_Static_assert(offsetof(struct vmcb, int_control) == 0x60, "vmcb");
_Static_assert(offsetof(struct vmcb, exit_code) == 0x70, "vmcb");
_Static_assert(offsetof(struct vmcb, event_inject) == 0xa8, "vmcb");
_Static_assert(offsetof(struct vmcb, next_rip) == 0xc8, "vmcb");
_Static_assert(offsetof(struct vmcb, es) == 0x400, "vmcb");
_Static_assert(offsetof(struct vmcb, cpl) == 0x4cb, "vmcb");
_Static_assert(offsetof(struct vmcb, efer) == 0x4d0, "vmcb");
_Static_assert(offsetof(struct vmcb, cr4) == 0x548, "vmcb");
_Static_assert(offsetof(struct vmcb, rsp) == 0x5d8, "vmcb");
_Static_assert(offsetof(struct vmcb, rax) == 0x5f8, "vmcb");
_Static_assert(offsetof(struct vmcb, cr2) == 0x640, "vmcb");
_Static_assert(offsetof(struct vmcb, g_pat) == 0x668, "vmcb");
_Static_assert(sizeof(struct vmcb) == 0x1000, "vmcb");

enum svm_intercept {
	SVM_INTERCEPT_INTR = 0,
	SVM_INTERCEPT_NMI = 1,
	SVM_INTERCEPT_INIT = 3,
	SVM_INTERCEPT_RDPMC = 15,
	SVM_INTERCEPT_CPUID = 18,
	SVM_INTERCEPT_IRET = 20,
	SVM_INTERCEPT_INVD = 22,
	SVM_INTERCEPT_HLT = 24,
	SVM_INTERCEPT_INVLPGA = 26,
	SVM_INTERCEPT_IOIO = 27,
	SVM_INTERCEPT_MSR = 28,
	SVM_INTERCEPT_TASK_SWITCH = 29,
	SVM_INTERCEPT_SHUTDOWN = 31,
	SVM_INTERCEPT_VMRUN = 32,
	SVM_INTERCEPT_VMMCALL = 33,
	SVM_INTERCEPT_VMLOAD = 34,
	SVM_INTERCEPT_VMSAVE = 35,
	SVM_INTERCEPT_STGI = 36,
	SVM_INTERCEPT_CLGI = 37,
	SVM_INTERCEPT_SKINIT = 38,
	SVM_INTERCEPT_WBINVD = 41,
	SVM_INTERCEPT_MONITOR = 42,
	SVM_INTERCEPT_MWAIT = 43,
	SVM_INTERCEPT_XSETBV = 45,
};

/* Exit codes; those of the intercepts above are SVM_EXIT_INTR + their number. */
enum svm_exit {
	SVM_EXIT_CR0_READ = 0x00,
	SVM_EXIT_CR8_READ = 0x08,
	SVM_EXIT_CR0_WRITE = 0x10,
	SVM_EXIT_CR4_WRITE = 0x14,
	SVM_EXIT_CR8_WRITE = 0x18,
	SVM_EXIT_EXCEPTION = 0x40,
	SVM_EXIT_UD = 0x46,
	SVM_EXIT_NM = 0x47,
	SVM_EXIT_INTR = 0x60,
	SVM_EXIT_NMI = 0x61,
	SVM_EXIT_INIT = 0x63,
	SVM_EXIT_RDPMC = 0x6f,
	SVM_EXIT_CPUID = 0x72,
	SVM_EXIT_IRET = 0x74,
	SVM_EXIT_INVD = 0x76,
	SVM_EXIT_HLT = 0x78,
	SVM_EXIT_INVLPGA = 0x7a,
	SVM_EXIT_IOIO = 0x7b,
	SVM_EXIT_MSR = 0x7c,
	SVM_EXIT_TASK_SWITCH = 0x7d,
	SVM_EXIT_SHUTDOWN = 0x7f,
	SVM_EXIT_VMRUN = 0x80,
	SVM_EXIT_VMMCALL = 0x81,
	SVM_EXIT_VMLOAD = 0x82,
	SVM_EXIT_VMSAVE = 0x83,
	SVM_EXIT_STGI = 0x84,
	SVM_EXIT_CLGI = 0x85,
	SVM_EXIT_SKINIT = 0x86,
	SVM_EXIT_WBINVD = 0x89,
	SVM_EXIT_MONITOR = 0x8a,
	SVM_EXIT_MWAIT = 0x8b,
	SVM_EXIT_XSETBV = 0x8d,
	SVM_EXIT_NPF = 0x400,
};

#define SVM_INT_V_IRQ	   (1u << 8)
#define SVM_INT_PRIO_SHIFT 16
#define SVM_INT_IGNORE_TPR (1u << 20)
#define SVM_INT_V_MASKING  (1u << 24)
#define SVM_INT_SHADOW	   1u
#define SVM_TLB_FLUSH_ALL  1
#define SVM_NESTED_PAGING  1u

#define SVM_EVENT_VALID	    (1u << 31)
#define SVM_EVENT_HAS_ERROR (1u << 11)
#define SVM_EVENT_TYPE_MASK (7u << 8)
#define SVM_EVENT_INTERRUPT (0u << 8)
#define SVM_EVENT_NMI	    (2u << 8)
#define SVM_EVENT_EXCEPTION (3u << 8)
#define SVM_EVENT_SOFTWARE  (4u << 8)
#define SVM_EVENT_VECTOR    0xffu

/* Nested page fault: exit_info_1 is a page-fault error code with these on top, exit_info_2 the GPA.
 */
#define SVM_NPF_WRITE (1u << 1)
#define SVM_NPF_FETCH (1u << 4)
#define SVM_NPF_WALK  (UINT64_C(1) << 33)

#define SVM_IO_IN     (1u << 0)
#define SVM_IO_STRING (1u << 2)
#define SVM_IO_REP    (1u << 3)
#define SVM_IO_SIZE8  (1u << 4)
#define SVM_IO_SIZE16 (1u << 5)
#define SVM_IO_SIZE32 (1u << 6)

#define SVM_MSR_VM_CR	 0xc0010114
#define SVM_MSR_VM_HSAVE 0xc0010117
#define SVM_EFER_SVME	 (UINT64_C(1) << 12)

#endif
