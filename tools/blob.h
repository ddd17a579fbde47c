/* SPDX-License-Identifier: MIT */
/* A piece of memory that grows, and the ways in and out of it. All zero is an empty one. */
#ifndef TOOLS_BLOB_H
#define TOOLS_BLOB_H

#include <stddef.h>
#include <stdint.h>

struct blob {
	uint8_t *data;
	size_t size;
	size_t capacity;
};

/* Memory that is not to be had ends the program with STATUS_HOST and a sentence. */
void blob_append(struct blob *blob, const void *data, size_t size);
/* Pads with zeros to a multiple of alignment bytes. */
void blob_pad(struct blob *blob, size_t alignment);
void blob_free(struct blob *blob);

/*
 * Reads the whole file; what is "kernel", "initrd", ... for the sentence. Returns 0, or STATUS_FILE
 * after having said why.
 */
int blob_read(struct blob *blob, const char *path, const char *what);

/*
 * An anonymous file that nobody can change any more, positioned at its start. Returns its
 * descriptor, or -1 with errno.
 */
int sealed_file(const char *name, const void *data, size_t size);

#endif
