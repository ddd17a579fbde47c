/* SPDX-License-Identifier: MIT */
#include "tools/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/say.h"

static void blob_reserve(struct blob *blob, size_t size)
{
	size_t capacity = blob->capacity ? blob->capacity : 4096;
	uint8_t *data;

	while (capacity - blob->size < size)
		capacity *= 2;
	if (capacity == blob->capacity)
		return;
	data = realloc(blob->data, capacity);
	if (!data)
		exit(fail(STATUS_HOST, "out of memory"));
	blob->data = data;
	blob->capacity = capacity;
}

void blob_append(struct blob *blob, const void *data, size_t size)
{
	if (!size)
		return;
	blob_reserve(blob, size);
	memcpy(blob->data + blob->size, data, size);
	blob->size += size;
}

void blob_pad(struct blob *blob, size_t alignment)
{
	size_t padding = (alignment - blob->size % alignment) % alignment;

	blob_reserve(blob, padding);
	memset(blob->data + blob->size, 0, padding);
	blob->size += padding;
}

void blob_free(struct blob *blob)
{
	free(blob->data);
	*blob = (struct blob){ 0 };
}

static int read_all(struct blob *blob, int fd, size_t expected)
{
	ssize_t got;

	do {
		blob_reserve(blob, expected > blob->size ? expected - blob->size + 1 : 65536);
		got = read(fd, blob->data + blob->size, blob->capacity - blob->size);
		if (got > 0)
			blob->size += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return got < 0 ? -1 : 0;
}

int blob_read(struct blob *blob, const char *path, const char *what)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int status = 0;

	if (fd < 0)
		return fail(STATUS_FILE, "cannot read the %s %s: %s", what, path, strerror(errno));
	if (fstat(fd, &st) < 0 || read_all(blob, fd, (size_t)st.st_size) < 0)
		status =
			fail(STATUS_FILE, "cannot read the %s %s: %s", what, path, strerror(errno));
	else if (!blob->size)
		status = fail(STATUS_FILE, "the %s %s is empty", what, path);
	close(fd);
	return status;
}

static int write_all(int fd, const uint8_t *data, size_t size)
{
	while (size) {
		ssize_t done = write(fd, data, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		data += done;
		size -= (size_t)done;
	}
	return 0;
}

int sealed_file(const char *name, const void *data, size_t size)
{
	int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (write_all(fd, data, size) < 0 || lseek(fd, 0, SEEK_SET) < 0 ||
	    fcntl(fd, F_ADD_SEALS, seals) < 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}
