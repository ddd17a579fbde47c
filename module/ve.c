/* SPDX-License-Identifier: MIT */
#include "module/ve.h"

#include "lib/bits.h"
#include "module/module.h"

#define VE_VALID UINT32_MAX

#define PF_PRESENT  bit(0)
#define PF_WRITE    bit(1)
#define PF_USER	    bit(2)
#define PF_RESERVED bit(3)
#define PF_FETCH    bit(4)

/* A fault of the module's own. */
static void raise(struct vcpu *v, uint8_t vector, bool has_error, uint32_t error)
{
	cpu_vcpu_inject_exception(&v->cpu, vector, has_error, error);
	cpu_vcpu_set_resume_flag(&v->cpu);
}

void ve_raise(struct vcpu *v, const struct tdx_ve_info *info)
{
	if (info->exit_reason < ARRAY_SIZE(module_counters.ve))
		module_count(&module_counters.ve[info->exit_reason], 1);
	if (v->ve_valid) {
		raise_df(v);
		return;
	}
	v->ve = *info;
	v->ve_valid = VE_VALID;
	raise(v, TDX_VE_VECTOR, false, 0);
}

void ve_raise_instruction(struct vcpu *v, enum tdx_exit_reason reason, uint64_t qualification,
			  unsigned int length)
{
	const struct tdx_ve_info info = {
		.exit_reason = reason,
		.exit_qualification = qualification,
		.instruction_length = length,
	};

	ve_raise(v, &info);
}

bool ve_take(struct vcpu *v, struct tdx_ve_info *info)
{
	if (!v->ve_valid)
		return false;
	*info = v->ve;
	v->ve_valid = 0;
	return true;
}

void raise_df(struct vcpu *v)
{
	raise(v, VECTOR_DF, true, 0);
}

void raise_gp(struct vcpu *v)
{
	raise(v, VECTOR_GP, true, 0);
}

void raise_ud(struct vcpu *v)
{
	raise(v, VECTOR_UD, false, 0);
}

void raise_reserved_pf(struct vcpu *v, uint64_t linear, bool write, bool fetch)
{
	uint64_t error = PF_PRESENT | PF_RESERVED;

	if (write)
		error |= PF_WRITE;
	if (fetch)
		error |= PF_FETCH;
	if (cpu_vcpu_cpl(&v->cpu) == 3)
		error |= PF_USER;
	cpu_vcpu_set_cr2(&v->cpu, linear);
	raise(v, VECTOR_PF, true, low32(error));
}

void reinject(struct vcpu *v, const struct cpu_exit *exit)
{
	if (exit->event_is_nmi)
		cpu_vcpu_inject_nmi(&v->cpu);
	else if (exit->event_is_exception)
		cpu_vcpu_inject_exception(&v->cpu, exit->event_vector, exit->event_has_error,
					  exit->event_error);
	else
		cpu_vcpu_inject_interrupt(&v->cpu, exit->event_vector);
}
