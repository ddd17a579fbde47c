/* SPDX-License-Identifier: MIT */
#include "vmm/memory.h"
#include "vmm/pages.h"

#define PAGES_PER_BLOCK (PAGE_SIZE / sizeof(uint64_t) - 2)

struct page_list_block {
	struct page_list_block *before;
	uint64_t count;
	struct hpa pages[PAGES_PER_BLOCK];
};

_Static_assert(sizeof(struct page_list_block) == PAGE_SIZE, "a block is a page");

void page_list_add(struct page_list *list, struct hpa page)
{
	struct page_list_block *block = list->last;

	if (!block || block->count == PAGES_PER_BLOCK) {
		block = page_new();
		block->before = list->last;
		list->last = block;
	}
	block->pages[block->count++] = page;
	list->count++;
}

bool page_list_take(struct page_list *list, struct hpa *page)
{
	struct page_list_block *block = list->last;

	if (!block)
		return false;
	*page = block->pages[--block->count];
	list->count--;
	if (block->count == 0) {
		list->last = block->before;
		page_free(hpa_of(block));
	}
	return true;
}
