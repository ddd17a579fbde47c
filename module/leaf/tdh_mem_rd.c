/* SPDX-License-Identifier: MIT */
/* TDH.MEM.RD: reads eight bytes of a debug TD's private memory: mem_word.h. */
#include "module/leaf/mem_word.h"

static uint64_t read_word(uint64_t *word, uint64_t value)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

uint64_t leaf_tdh_mem_rd(struct seamcall *c)
{
	return mem_word(c, TDH_MEM_RD, read_word);
}
