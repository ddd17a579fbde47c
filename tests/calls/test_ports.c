/* SPDX-License-Identifier: MIT */
/* The stubs in place of IN and OUT: what the VMM sees, and that nothing but the result changes. */
#include "guest/port.h"
#include "lib/bits.h"
#include "tests/calls/script.h"

#define RAX    UINT64_C(0x1122334455667788)
#define ANSWER UINT64_C(0xffeeddccbbaa9988)
#define PORT   UINT64_C(0xabcdef98765403f8) /* DX counts */

static const struct stub {
	const char *fn;
	unsigned int size;
	bool out;
	uint64_t rax, refused; /* afterwards */
} stubs[] = {
	{ __tdx_inb, 1, false, UINT64_C(0x1122334455667788), UINT64_C(0x11223344556677ff) },
	{ __tdx_inw, 2, false, UINT64_C(0x1122334455669988), UINT64_C(0x112233445566ffff) },
	{ __tdx_inl, 4, false, 0xbbaa9988, UINT32_MAX },
	{ __tdx_outb, 1, true, RAX, RAX },
	{ __tdx_outw, 2, true, RAX, RAX },
	{ __tdx_outl, 4, true, RAX, RAX },
};

static struct poison_call call_stub(const struct stub *s, uint64_t r10)
{
	struct poison_call call = { .fn = (void *)(uintptr_t)s->fn };

	script_reset();
	script_answer((struct tdx_module_args){ .rcx = 0xfc00,
						.r10 = r10,
						.r11 = ANSWER,
						.r12 = OUT(R12),
						.r13 = OUT(R13),
						.r14 = OUT(R14),
						.r15 = OUT(R15) });
	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++)
		call.in[i] = POISON(i);
	call.in[TDX_RAX] = RAX;
	call.in[TDX_RDX] = PORT;
	poison_call(&call);
	return call;
}

static void assert_kept(const struct poison_call *call, uint64_t rax)
{
	for (unsigned int i = 0; i < TDX_GPR_COUNT; i++) {
		if (i != TDX_RAX && i != TDX_RSP)
			assert_true(call->out[i] == call->in[i]);
	}
	assert_true(call->out[TDX_RAX] == rax);
}

static void test_stubs(void **state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(stubs); i++) {
		const struct stub *s = &stubs[i];
		struct tdx_module_args want = {
			.rcx = 0xfc00,
			.r11 = TDVMCALL_IO,
			.r12 = s->size,
			.r13 = s->out,
			.r14 = 0x3f8,
			.r15 = s->out ? RAX & byte_mask(s->size) : 0,
		};
		struct poison_call call = call_stub(s, 0);

		script_check(TDG_VP_VMCALL, &want, __FILE__, __LINE__);
		assert_kept(&call, s->rax);
		call = call_stub(s, TDVMCALL_STATUS_INVALID_OPERAND);
		assert_kept(&call, s->refused);
	}
}

/* Those that the stub's own instructions change, and DF. */
static void test_flags(void **state)
{
	static const uint64_t all[] = { 0x202, 0xa43, 0x602, 0x296 };

	for (unsigned int i = 0; i < ARRAY_SIZE(all); i++) {
		uint64_t flags = all[i], rax = 0;

		script_reset();
		script_answer((struct tdx_module_args){ .rcx = 0xfc00, .r11 = 0x5a });
		__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
				 "push %0\n\tpopfq\n\t"
				 "call __tdx_inb\n\t"
				 "pushfq\n\tpop %0\n\tcld\n\t"
				 "lea 128(%%rsp), %%rsp"
				 : "+r"(flags), "+a"(rax)
				 : "d"(0x60)
				 : "memory", "cc");
		assert_int_equal(flags, all[i]);
		assert_int_equal(rax, 0x5a);
	}
}

static void test_functions(void **state)
{
	script_reset();
	script_answer((struct tdx_module_args){ .rcx = 0xfc00, .r11 = ANSWER });
	assert_int_equal(tdx_inb(0x60), 0x88);
	assert_int_equal(tdx_inw(0x60), 0x9988);
	assert_int_equal(tdx_inl(0x60), 0xbbaa9988);
	tdx_outb(0x61, 1);
	tdx_outw(0x62, 2);
	tdx_outl(0x63, UINT32_MAX);
	assert_int_equal(script.asked[3].r14, 0x61);
	assert_int_equal(script.asked[5].r14, 0x63);
	assert_int_equal(script.asked[5].r15, UINT32_MAX);
}

static void test_module_failure(void **state)
{
	script_reset();
	script.rax = TDX_OPERAND_INVALID;
	expect_assert_failure(tdx_inb(0x60));
	expect_assert_failure(tdx_outl(0x60, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stubs),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_functions),
		cmocka_unit_test(test_module_failure),
	};

	return cmocka_run_group_tests_name("ports", tests, NULL, NULL);
}
