/* SPDX-License-Identifier: MIT */
/* Each cause of a #VE: exit reason, qualification, length. TDX Module ABI specification,
 * "Virtualization Exception (#VE)" and "CPU Virtualization". */
#include "tests/guest/runtime.h"

#define VECTOR_UD 6
#define VECTOR_DF 8
#define VECTOR_GP 13

#define IO_APIC 0xfec00000

static void expect_ve(const char *name, enum tdx_exit_reason reason, uint64_t qualification)
{
	is(attempt.vector, TDX_VE_VECTOR, "%s raises #VE", name);
	if (attempt.vector != TDX_VE_VECTOR)
		return;
	is(attempt.rip, attempt.start, "%s: RIP is at the instruction", name);
	is(attempt.veinfo_status, TDX_SUCCESS, "%s: there is information", name);
	is(attempt.ve.exit_reason, reason, "%s: exit reason", name);
	is(attempt.ve.exit_qualification, qualification, "%s: exit qualification", name);
}

/* All but EPT violations: length, and no addresses. */
static void expect_instruction(const char *name, enum tdx_exit_reason reason,
			       uint64_t qualification)
{
	expect_ve(name, reason, qualification);
	is(attempt.ve.instruction_length, attempt.end - attempt.start, "%s: length", name);
	ok(attempt.ve.gla == 0 && attempt.ve.gpa == 0, "%s: no addresses", name);
}

static void expect_vector(const char *name, uint64_t vector)
{
	is(attempt.vector, vector, "%s", name);
	is(attempt.error, 0, "%s: error code", name);
}

static uint64_t io_qualification(uint16_t port, unsigned int size, uint64_t flags)
{
	return (uint64_t)port << TDX_IO_QUAL_PORT_SHIFT | (size - 1) | flags;
}

static void test_cpuid(void)
{
	uint32_t eax = 0x40000000, ebx, ecx = 0, edx;

	ATTEMPT("cpuid", : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx) : : ATTEMPT_CLOBBERS);
	expect_instruction("CPUID 0x40000000", TDX_EXIT_CPUID, 0);
	eax = 0;
	ATTEMPT("cpuid", : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx) : : ATTEMPT_CLOBBERS);
	is(attempt.vector, ATTEMPT_NOTHING, "CPUID 0 is the module's");
	ok(ebx == 0x756e6547 && edx == 0x49656e69 && ecx == 0x6c65746e, "GenuineIntel");
	ok(eax >= 0x21, "there is a leaf 0x21");
	eax = 0x21;
	ecx = 0;
	ATTEMPT("cpuid", : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx) : : ATTEMPT_CLOBBERS);
	is(attempt.vector, ATTEMPT_NOTHING, "CPUID 0x21 is the module's");
	ok(ebx == 0x65746e49 && edx == 0x5844546c && ecx == 0x20202020, "IntelTDX");
}

static void test_msr(void)
{
	uint32_t eax = 0, edx = 0;

	ATTEMPT("rdmsr", : "+a"(eax), "+d"(edx) : "c"(0x1b) : ATTEMPT_CLOBBERS);
	expect_instruction("RDMSR 0x1b", TDX_EXIT_RDMSR, 0);
	ATTEMPT("wrmsr", : : "a"(0), "d"(0), "c"(0x8b) : ATTEMPT_CLOBBERS);
	expect_instruction("WRMSR 0x8b", TDX_EXIT_WRMSR, 0);
	ATTEMPT("rdmsr", : "+a"(eax), "+d"(edx) : "c"(0xdeadbeef) : ATTEMPT_CLOBBERS);
	expect_instruction("RDMSR far away", TDX_EXIT_RDMSR, 0);
	ATTEMPT("rdmsr", : "+a"(eax), "+d"(edx) : "c"(0x1a0) : ATTEMPT_CLOBBERS);
	is(attempt.vector, ATTEMPT_NOTHING, "RDMSR MISC_ENABLE is the module's");
	ATTEMPT("rdmsr", : "+a"(eax), "+d"(edx) : "c"(0x8c) : ATTEMPT_CLOBBERS);
	expect_vector("RDMSR 0x8c raises #GP", VECTOR_GP);
}

static void test_efer(void)
{
	uint32_t eax = 0, edx = 0;

	ATTEMPT("rdmsr", : "+a"(eax), "+d"(edx) : "c"(0xc0000080) : ATTEMPT_CLOBBERS);
	is(attempt.vector, ATTEMPT_NOTHING, "RDMSR EFER");
	is(eax, 0xd01, "EFER: SCE LME LMA NXE");
	ATTEMPT("wrmsr", : : "a"(eax & ~1u), "d"(0), "c"(0xc0000080) : ATTEMPT_CLOBBERS);
	is(attempt.vector, ATTEMPT_NOTHING, "EFER.SCE may change");
	ATTEMPT("wrmsr", : : "a"(eax), "d"(0), "c"(0xc0000080) : ATTEMPT_CLOBBERS);
	ATTEMPT("wrmsr", : : "a"(eax & ~0x800u), "d"(0), "c"(0xc0000080) : ATTEMPT_CLOBBERS);
	expect_instruction("WRMSR EFER without NXE", TDX_EXIT_WRMSR, 0);
}

static void test_in(void)
{
	uint32_t eax = 0;

	ATTEMPT("inb $0x80, %%al", : "+a"(eax) : : ATTEMPT_CLOBBERS);
	expect_instruction("IN AL, imm8", TDX_EXIT_IO,
			   io_qualification(0x80, 1, TDX_IO_QUAL_IN | TDX_IO_QUAL_IMMEDIATE));
	ATTEMPT("inb %%dx, %%al", : "+a"(eax) : "d"(0x1234) : ATTEMPT_CLOBBERS);
	expect_instruction("IN AL, DX", TDX_EXIT_IO, io_qualification(0x1234, 1, TDX_IO_QUAL_IN));
	ATTEMPT("inw %%dx, %%ax", : "+a"(eax) : "d"(0x1234) : ATTEMPT_CLOBBERS);
	expect_instruction("IN AX, DX", TDX_EXIT_IO, io_qualification(0x1234, 2, TDX_IO_QUAL_IN));
	ATTEMPT("inl %%dx, %%eax", : "+a"(eax) : "d"(0x1234) : ATTEMPT_CLOBBERS);
	expect_instruction("IN EAX, DX", TDX_EXIT_IO, io_qualification(0x1234, 4, TDX_IO_QUAL_IN));
}

static void test_out(void)
{
	ATTEMPT("outb %%al, $0x80", : : "a"(0) : ATTEMPT_CLOBBERS);
	expect_instruction("OUT imm8, AL", TDX_EXIT_IO,
			   io_qualification(0x80, 1, TDX_IO_QUAL_IMMEDIATE));
	ATTEMPT("outw %%ax, %%dx", : : "a"(0), "d"(0xfedc) : ATTEMPT_CLOBBERS);
	expect_instruction("OUT DX, AX", TDX_EXIT_IO, io_qualification(0xfedc, 2, 0));
	ATTEMPT("outl %%eax, %%dx", : : "a"(0), "d"(0xfedc) : ATTEMPT_CLOBBERS);
	expect_instruction("OUT DX, EAX", TDX_EXIT_IO, io_qualification(0xfedc, 4, 0));
}

static void test_string_io(void)
{
	uint8_t buffer[4];
	void *p = buffer;
	uint64_t count = 4;

	ATTEMPT("insb", : "+D"(p) : "d"(0x80) : ATTEMPT_CLOBBERS);
	expect_ve("INSB", TDX_EXIT_IO,
		  io_qualification(0x80, 1, TDX_IO_QUAL_IN | TDX_IO_QUAL_STRING));
	ATTEMPT("rep outsb", : "+S"(p), "+c"(count) : "d"(0x80) : ATTEMPT_CLOBBERS);
	expect_ve("REP OUTSB", TDX_EXIT_IO,
		  io_qualification(0x80, 1, TDX_IO_QUAL_STRING | TDX_IO_QUAL_REP));
	is(count, 4, "REP OUTSB: nothing is done yet");
}

static void test_plain_instructions(void)
{
	ATTEMPT("hlt", : : : ATTEMPT_CLOBBERS);
	expect_instruction("HLT", TDX_EXIT_HLT, 0);
	ATTEMPT("invd", : : : ATTEMPT_CLOBBERS);
	expect_instruction("INVD", TDX_EXIT_INVD, 0);
	ATTEMPT("wbinvd", : : : ATTEMPT_CLOBBERS);
	expect_instruction("WBINVD", TDX_EXIT_WBINVD, 0);
	ATTEMPT("monitor", : : "a"(&attempt), "c"(0), "d"(0) : ATTEMPT_CLOBBERS);
	expect_instruction("MONITOR", TDX_EXIT_MONITOR, 0);
	ATTEMPT("mwait", : : "a"(0), "c"(0) : ATTEMPT_CLOBBERS);
	expect_instruction("MWAIT", TDX_EXIT_MWAIT, 0);
	ATTEMPT("vmcall", : : "a"(0) : ATTEMPT_CLOBBERS);
	expect_instruction("VMCALL", TDX_EXIT_VMCALL, 0);
	ATTEMPT("wbnoinvd", : : : ATTEMPT_CLOBBERS);
	expect_instruction("WBNOINVD", TDX_EXIT_WBINVD, 0);
	ATTEMPT(".byte 0x0f, 0x01, 0xc5", : : "a"(0) : ATTEMPT_CLOBBERS);
	expect_instruction("PCONFIG", TDX_EXIT_PCONFIG, 0);
}

static void test_control_registers(void)
{
	uint64_t cr0, cr4;

	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	is(cr4 & bit(13), 0, "CR4.VMXE reads 0");
	ok(cr4 & bit(6), "CR4.MCE reads 1");
	ATTEMPT("mov %%rcx, %%cr0", : : "c"(cr0 | bit(30)) : ATTEMPT_CLOBBERS);
	expect_instruction("MOV CR0 with CD", TDX_EXIT_CR_ACCESS, 1 << 8);
	ATTEMPT("mov %%rcx, %%cr0", : : "c"(cr0 & ~bit(5)) : ATTEMPT_CLOBBERS);
	expect_vector("MOV CR0 without NE raises #GP", VECTOR_GP);
	ATTEMPT("mov %%rcx, %%cr4", : : "c"(cr4 & ~bit(6)) : ATTEMPT_CLOBBERS);
	expect_instruction("MOV CR4 without MCE", TDX_EXIT_CR_ACCESS, 1 << 8 | 4);
	ATTEMPT("mov %%rcx, %%cr4", : : "c"(cr4) : ATTEMPT_CLOBBERS);
	is(attempt.vector, ATTEMPT_NOTHING, "MOV CR4 without a change");
}

static void test_other_vectors(void)
{
	ATTEMPT("rdpmc", : : "c"(0) : "rax", "rdx", ATTEMPT_CLOBBERS);
	expect_vector("RDPMC raises #GP", VECTOR_GP);
	ATTEMPT(".byte 0x66, 0x0f, 0x01, 0xcf", : : "a"(0) : ATTEMPT_CLOBBERS);
	expect_vector("SEAMCALL raises #UD", VECTOR_UD);
	ATTEMPT("vmxoff", : : : ATTEMPT_CLOBBERS);
	expect_vector("VMXOFF raises #UD", VECTOR_UD);
}

/* What VMX, SMX, SGX and SMM have is not there. (QEMU's TCG does not refuse 0F C7 /6: VMPTRLD,
 * VMCLEAR and VMXON.) */
static void test_undefined(void)
{
	uint64_t memory[8] __attribute__((aligned(64))) = { 0 };

	ATTEMPT("vmread %%rax, %%rbx", : : "a"(0) : "rbx", ATTEMPT_CLOBBERS);
	expect_vector("VMREAD raises #UD", VECTOR_UD);
	ATTEMPT("vmwrite %%rax, %%rbx", : : "a"(0) : "rbx", ATTEMPT_CLOBBERS);
	expect_vector("VMWRITE raises #UD", VECTOR_UD);
	ATTEMPT("vmlaunch", : : : ATTEMPT_CLOBBERS);
	expect_vector("VMLAUNCH raises #UD", VECTOR_UD);
	ATTEMPT("vmresume", : : : ATTEMPT_CLOBBERS);
	expect_vector("VMRESUME raises #UD", VECTOR_UD);
	ATTEMPT("invept (%%rsi), %%rax", : : "S"(memory), "a"(1) : ATTEMPT_CLOBBERS);
	expect_vector("INVEPT raises #UD", VECTOR_UD);
	ATTEMPT("invvpid (%%rsi), %%rax", : : "S"(memory), "a"(1) : ATTEMPT_CLOBBERS);
	expect_vector("INVVPID raises #UD", VECTOR_UD);
	ATTEMPT("vmfunc", : : "a"(0), "c"(0) : ATTEMPT_CLOBBERS);
	expect_vector("VMFUNC raises #UD", VECTOR_UD);
	ATTEMPT("getsec", : : "a"(0), "b"(0) : ATTEMPT_CLOBBERS);
	expect_vector("GETSEC raises #UD", VECTOR_UD);
	ATTEMPT("rsm", : : : ATTEMPT_CLOBBERS);
	expect_vector("RSM raises #UD", VECTOR_UD);
	ATTEMPT(".byte 0x0f, 0x01, 0xcf", : : "a"(0) : ATTEMPT_CLOBBERS);
	expect_vector("ENCLS raises #UD", VECTOR_UD);
	ATTEMPT(".byte 0x0f, 0x01, 0xc0", : : "a"(0) : ATTEMPT_CLOBBERS);
	expect_vector("ENCLV raises #UD", VECTOR_UD);
	ATTEMPT(".byte 0xf3, 0x0f, 0x38, 0xf8, 0x06", : : "S"(memory) : ATTEMPT_CLOBBERS);
	expect_vector("ENQCMDS raises #UD", VECTOR_UD);
	ATTEMPT(".byte 0xf2, 0x0f, 0x38, 0xf8, 0x06", : : "S"(memory) : ATTEMPT_CLOBBERS);
	expect_vector("ENQCMD raises #GP", VECTOR_GP);
}

static void test_shared_access(void)
{
	uint8_t *io_apic = map_shared(IO_APIC + 0x10);
	uint64_t gpa = (IO_APIC + 0x10) | tdx_shared_bit(&vp_info);
	uint64_t common = TDX_EPT_QUAL_GLA_VALID | TDX_EPT_QUAL_TRANSLATED;
	uint32_t value = 0;

	ATTEMPT("mov (%%rsi), %%eax", : "+a"(value) : "S"(io_apic) : ATTEMPT_CLOBBERS);
	expect_ve("read of shared MMIO", TDX_EXIT_EPT_VIOLATION, common | TDX_EPT_QUAL_READ);
	is(attempt.ve.gla, (uintptr_t)io_apic, "linear address");
	is(attempt.ve.gpa, gpa, "physical address with offset and SHARED bit");
	ATTEMPT("movb $1, 3(%%rsi)", : : "S"(io_apic) : ATTEMPT_CLOBBERS);
	expect_ve("write to shared MMIO", TDX_EXIT_EPT_VIOLATION, common | TDX_EPT_QUAL_WRITE);
	is(attempt.ve.gla, (uintptr_t)io_apic + 3, "linear address");
	is(attempt.ve.gpa, gpa + 3, "physical address with offset and SHARED bit");
}

static void test_latch(void)
{
	struct tdx_module_args args = { .rcx = 1, .rdx = 2, .r8 = 3, .r9 = 4, .r10 = 5 };
	uint32_t eax = 0;

	is(__tdcall_ret(TDG_VP_VEINFO_GET, &args), TDX_NO_VALID_VE_INFO,
	   "VEINFO.GET without a #VE");
	ok(!(args.rcx | args.rdx | args.r8 | args.r9 | args.r10), "its outputs are 0");

	attempt.nest = true;
	ATTEMPT("inb $0x80, %%al", : "+a"(eax) : : ATTEMPT_CLOBBERS);
	is(attempt.nested_vector, VECTOR_DF, "a #VE before VEINFO.GET is a #DF");
	is(attempt.nested_error, 0, "#DF: error code");
	is(attempt.veinfo_status, TDX_SUCCESS, "the first #VE's information is kept");
	is(attempt.ve.exit_reason, TDX_EXIT_IO, "and is the first one's");

	is(__tdcall_ret(TDG_VP_VEINFO_GET, &args), TDX_NO_VALID_VE_INFO, "once only");
	ATTEMPT("hlt", : : : ATTEMPT_CLOBBERS);
	expect_instruction("HLT afterwards", TDX_EXIT_HLT, 0);
}

void guest_test(void)
{
	test_cpuid();
	test_msr();
	test_efer();
	test_in();
	test_out();
	test_string_io();
	test_plain_instructions();
	test_control_registers();
	test_other_vectors();
	test_undefined();
	test_shared_access();
	test_latch();
}
