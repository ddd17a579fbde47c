/* SPDX-License-Identifier: MIT */
#include "tools/bzimage.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/tdvf.h"
#include "tools/say.h"

/* Offsets in the file. */
enum {
	SETUP_SECTS = 0x1f1,
	SYSSIZE = 0x1f4,
	BOOT_FLAG = 0x1fe,
	HEADER_MAGIC = 0x202,
	PROTOCOL = 0x206,
	KERNEL_VERSION = 0x20e,
	XLOADFLAGS = 0x236,
	CMDLINE_SIZE = 0x238,
	PREF_ADDRESS = 0x258,
	INIT_SIZE = 0x260,
	HEADER_END = 0x264,
};

#define XLF_KERNEL_64	  1
#define OLDEST_PROTOCOL	  0x20c /* the first that can say that it has a 64-bit entry point */
#define REAL_MODE_SECTORS 4	/* meant when SETUP_SECTS says 0 */

static uint64_t get(const struct blob *file, size_t offset, unsigned int bytes)
{
	uint64_t value = 0;

	memcpy(&value, file->data + offset, bytes);
	return value;
}

static bool starts_with(const struct blob *file, const void *magic, size_t size)
{
	return file->size >= size && !memcmp(file->data, magic, size);
}

/* The version string lies in the setup code; the header points to it, less one sector. */
static void read_version(const struct blob *file, struct bzimage *image)
{
	size_t offset = get(file, KERNEL_VERSION, 2);
	size_t i;

	image->version[0] = 0;
	if (!offset)
		return;
	offset += 0x200;
	for (i = 0; i < sizeof(image->version) - 1 && offset + i < file->size; i++) {
		if (!isgraph(file->data[offset + i]))
			break;
		image->version[i] = (char)file->data[offset + i];
	}
	image->version[i] = 0;
}

bool bzimage_is_one(const struct blob *file)
{
	return file->size >= HEADER_END && get(file, BOOT_FLAG, 2) == 0xaa55 &&
	       !memcmp(file->data + HEADER_MAGIC, "HdrS", 4);
}

static bool is_firmware(const struct blob *file)
{
	const struct tdvf_descriptor *d;

	return tdvf_find(file->data, file->size, &d);
}

static int check_magic(const struct blob *file, const char *path)
{
	if (starts_with(file, "\177ELF", 4))
		return fail(STATUS_KERNEL,
			    "%s is an ELF file, not a bzImage; give the file that a boot loader "
			    "takes, for example /boot/vmlinuz-*",
			    path);
	if (is_firmware(file))
		return fail(STATUS_KERNEL,
			    "%s is a TDVF image, not a bzImage; give it to --firmware", path);
	if (file->size < HEADER_END)
		return fail(STATUS_KERNEL,
			    "%s is not a bzImage: it ends after %zu bytes, before the end of the "
			    "header",
			    path, file->size);
	if (!bzimage_is_one(file))
		return fail(STATUS_KERNEL,
			    "%s is not a bzImage: the magic number is not there; give a Linux "
			    "kernel for x86-64, for example /boot/vmlinuz-*",
			    path);
	return 0;
}

static int check_size(const struct blob *file, const char *path)
{
	uint64_t sectors = get(file, SETUP_SECTS, 1);
	uint64_t need;

	if (!sectors)
		sectors = REAL_MODE_SECTORS;
	need = (sectors + 1) * 512 + get(file, SYSSIZE, 4) * 16;
	if (file->size >= need)
		return 0;
	return fail(STATUS_KERNEL,
		    "%s is truncated: its header speaks of %llu bytes, the file has %zu; copy it "
		    "again",
		    path, (unsigned long long)need, file->size);
}

int bzimage_check(const struct blob *file, const char *path, struct bzimage *image)
{
	int status = check_magic(file, path);

	if (status)
		return status;
	if (get(file, PROTOCOL, 2) < OLDEST_PROTOCOL || !(get(file, XLOADFLAGS, 2) & XLF_KERNEL_64))
		return fail(
			STATUS_KERNEL,
			"%s is a bzImage without a 64-bit entry point; give a kernel for x86-64",
			path);
	status = check_size(file, path);
	if (status)
		return status;
	read_version(file, image);
	image->preferred_address = get(file, PREF_ADDRESS, 8);
	image->init_size = (uint32_t)get(file, INIT_SIZE, 4);
	image->cmdline_size = (uint32_t)get(file, CMDLINE_SIZE, 4);
	return 0;
}
