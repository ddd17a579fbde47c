/* SPDX-License-Identifier: MIT */
/* TDH.MEM.WR: writes eight bytes of a debug TD's private memory: mem_word.h. */
#include "module/leaf/mem_word.h"

static uint64_t write_word(uint64_t *word, uint64_t value)
{
	return __atomic_exchange_n(word, value, __ATOMIC_RELAXED);
}

uint64_t leaf_tdh_mem_wr(struct seamcall *c)
{
	return mem_word(c, TDH_MEM_WR, write_word);
}
