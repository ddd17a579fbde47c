/* SPDX-License-Identifier: MIT */
/*
 * What was written to memory since a moment, and what was there before: pages are write-protected,
 * and the first write to each is noted. One thread only; nothing that the kernel writes to.
 */
#ifndef TESTS_LIB_JOURNAL_H
#define TESTS_LIB_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whole pages that the journal is about; for as long as the program runs. */
void journal_cover(void *memory, size_t size);
/* Forgets all marks and begins, anew in each test; lets memory be written without notice again. */
void journal_start(void);
void journal_stop(void);

/* Marks nest: undoing one puts memory back as it was there, and forgets the later ones. */
size_t journal_mark(void);
void journal_undo(size_t mark);

/* The first page at *index or later whose contents are other than at the last mark; null: no more.
 * before, when not null: what it held. */
uint8_t *journal_changed(size_t mark, size_t *index, const uint8_t **before);

#endif
