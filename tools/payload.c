/* SPDX-License-Identifier: MIT */
#include "tools/payload.h"

#include <elf.h>
#include <string.h>

#include "lib/handoff.h"
#include "lib/tdvf.h"
#include "tools/images.h"
#include "tools/initramfs.h"
#include "tools/say.h"

#define MIB (UINT64_C(1) << 20)

/*
 * What Linux needs beside its own image and the initrd: a TD's kernel takes at least 64 MiB for
 * bounce buffers, and the page structures, the per-CPU areas and a first process want their share.
 */
#define MEMORY_BESIDE_KERNEL (96 * MIB)

/* A firmware without a kernel: its own volumes and its heap. hello-td lives in its image. */
#define MEMORY_FOR_FIRMWARE (64 * MIB)

static void append_text(struct blob *blob, const char *text)
{
	if (blob->size)
		blob_append(blob, " ", 1);
	blob_append(blob, text, strlen(text));
}

/*
 * Ours first: the kernel takes the last of two that contradict each other. On a hardware-reduced
 * ACPI platform Linux would reset by EFI, which is not there, and then by real mode, which a TD
 * does not have; so it is told to reset by ACPI.
 */
static void make_cmdline(const struct options *options, struct blob *cmdline)
{
	append_text(cmdline, "console=ttyS0 panic=-1 reboot=a");
	if (options->exec && !options->verbose)
		append_text(cmdline, "quiet");
	if (options->exec)
		append_text(cmdline, "rdinit=" INITRAMFS_INIT);
	if (options->append && *options->append)
		append_text(cmdline, options->append);
}

/* A hint, for what is mistaken for a firmware image. */
static const char *what_it_is(const struct blob *file)
{
	if (bzimage_is_one(file))
		return "; a kernel is for --kernel";
	if (file->size >= SELFMAG && !memcmp(file->data, ELFMAG, SELFMAG))
		return "; objcopy -O binary makes one of an ELF file that is linked for it";
	return "";
}

static int read_firmware(const char *path, struct blob *firmware)
{
	const struct tdvf_descriptor *d;
	int status = blob_read(firmware, path, "firmware");

	if (status)
		return status;
	if (firmware->size > FIRMWARE_MAX)
		return fail(STATUS_FILE, "the firmware %s has more than %u MiB", path,
			    (unsigned int)(FIRMWARE_MAX / MIB));
	if (tdvf_find(firmware->data, firmware->size, &d))
		return 0;
	return fail(STATUS_FILE,
		    "the firmware %s is not a TDVF image: it has no valid TDVF descriptor%s", path,
		    what_it_is(firmware));
}

/* Without anything of the user's it is hello-td, which is firmware and kernel in one. */
static int load_firmware(const struct options *options, struct blob *firmware)
{
	if (options->firmware)
		return read_firmware(options->firmware, firmware);
	if (options->kernel)
		blob_append(firmware, image_shim, (size_t)(image_shim_end - image_shim));
	else
		blob_append(firmware, image_hello_td,
			    (size_t)(image_hello_td_end - image_hello_td));
	return 0;
}

static int load_kernel(const struct options *options, struct payload *payload)
{
	int status = blob_read(&payload->kernel, options->kernel, "kernel");

	if (!status)
		status = bzimage_check(&payload->kernel, options->kernel, &payload->image);
	if (status)
		return status;
	make_cmdline(options, &payload->cmdline);
	if (payload->cmdline.size > payload->image.cmdline_size)
		return fail(STATUS_USAGE,
			    "the command line has %zu characters, this kernel takes at most %u; "
			    "shorten --append",
			    payload->cmdline.size, payload->image.cmdline_size);
	if (options->initrd)
		status = blob_read(&payload->initrd, options->initrd, "initrd");
	if (!status && options->exec)
		status = initramfs_append(&payload->initrd, options->exec);
	return status;
}

/* The initrd counts twice: as the archive, and as the files that it is unpacked to. */
static uint64_t memory_needed(const struct options *options, const struct payload *payload)
{
	uint64_t need = options->firmware ? MEMORY_FOR_FIRMWARE + payload->firmware.size : 0;

	if (payload->kernel.size)
		need = payload->image.preferred_address + payload->image.init_size +
		       2 * payload->initrd.size + MEMORY_BESIDE_KERNEL;
	return (need + 16 * MIB - 1) / (16 * MIB) * (16 * MIB);
}

static int check_memory(const struct options *options, const struct payload *payload)
{
	uint64_t need = memory_needed(options, payload);

	if (options->memory >= need)
		return 0;
	return fail(STATUS_MEMORY,
		    "%llu MiB of memory are too small for this %s; use --memory %lluM",
		    (unsigned long long)(options->memory / MIB),
		    !payload->kernel.size  ? "firmware"
		    : payload->initrd.size ? "kernel and initrd"
					   : "kernel",
		    (unsigned long long)(need / MIB));
}

int payload_load(const struct options *options, struct payload *payload)
{
	int status;

	*payload = (struct payload){ 0 };
	status = load_firmware(options, &payload->firmware);
	if (!status && options->kernel)
		status = load_kernel(options, payload);
	if (!status)
		status = check_memory(options, payload);
	return status;
}

void payload_free(struct payload *payload)
{
	blob_free(&payload->firmware);
	blob_free(&payload->kernel);
	blob_free(&payload->initrd);
	blob_free(&payload->cmdline);
}
