/* SPDX-License-Identifier: MIT */
#include "tools/initramfs.h"

#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/bits.h"
#include "tools/say.h"

/*
 * The console is made raw for output, so that what the command writes arrives byte for byte. The
 * last stty waits until the serial port has sent everything, and the kernel's own word on powering
 * off is kept out of it.
 */
static const char init_script[] =
	"#!/swtdx/busybox sh\n"
	"b=/swtdx/busybox\n"
	"$b mkdir -p /proc /sys /dev /tmp /bin /swtdx/bin\n"
	"$b mount -t devtmpfs dev /dev\n"
	"$b mount -t proc proc /proc\n"
	"$b mount -t sysfs sys /sys\n"
	"$b --install -s /swtdx/bin\n"
	"[ -e /bin/sh ] || $b ln -s $b /bin/sh\n"
	"export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/swtdx/bin\n"
	"export HOME=/ TERM=${TERM:-linux}\n"
	"exec 3>/dev/ttyS1 <>/dev/console >&0 2>&1\n"
	"$b stty -opost\n"
	"echo ready >&3\n"
	"$b setsid -c $b sh -c \"$($b cat /swtdx/command)\" 3>&-\n"
	"status=$?\n"
	"$b sync\n"
	"$b stty -echo\n"
	"echo 0 >/proc/sys/kernel/printk\n"
	"echo status $status >&3\n"
	"exec 3>&-\n"
	"$b poweroff -f\n";

static bool is_static_elf(const struct blob *file)
{
	const Elf64_Ehdr *elf = (const Elf64_Ehdr *)file->data;

	if (file->size < sizeof(*elf) || memcmp(elf->e_ident, ELFMAG, SELFMAG) ||
	    elf->e_ident[EI_CLASS] != ELFCLASS64 || elf->e_machine != EM_X86_64 ||
	    elf->e_phentsize != sizeof(Elf64_Phdr) || elf->e_phoff > file->size ||
	    (file->size - elf->e_phoff) / sizeof(Elf64_Phdr) < elf->e_phnum)
		return false;
	for (size_t i = 0; i < elf->e_phnum; i++) {
		Elf64_Phdr segment;

		memcpy(&segment, file->data + elf->e_phoff + i * sizeof(segment), sizeof(segment));
		if (segment.p_type == PT_INTERP)
			return false;
	}
	return true;
}

const char *busybox_find(void)
{
	static const char *const places[] = { "/bin/busybox", "/usr/bin/busybox",
					      "/bin/busybox.static", "/usr/bin/busybox.static" };
	const char *chosen = getenv("SWTDX_BUSYBOX");

	if (chosen && *chosen)
		return chosen;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct blob file = { 0 };
		bool good = access(places[i], R_OK) == 0 &&
			    blob_read(&file, places[i], "busybox") == 0 && is_static_elf(&file);

		blob_free(&file);
		if (good)
			return places[i];
	}
	return NULL;
}

static int busybox_read(struct blob *file)
{
	const char *path = busybox_find();
	int status;

	if (!path)
		return fail(STATUS_FILE,
			    "--exec needs a static busybox, and there is none in /bin; install the "
			    "package busybox-static, or name one in SWTDX_BUSYBOX");
	status = blob_read(file, path, "busybox");
	if (!status && !is_static_elf(file))
		status =
			fail(STATUS_FILE,
			     "%s is not a static x86-64 program, and --exec needs one; install the "
			     "package busybox-static, or name another in SWTDX_BUSYBOX",
			     path);
	return status;
}

static la_ssize_t append_to_blob(struct archive *archive, void *blob, const void *data, size_t size)
{
	blob_append(blob, data, size);
	return (la_ssize_t)size;
}

static bool add(struct archive *archive, const char *path, mode_t mode, const void *data,
		size_t size)
{
	struct archive_entry *entry = archive_entry_new();
	bool good;

	archive_entry_set_pathname(entry, path);
	archive_entry_set_mode(entry, mode);
	archive_entry_set_nlink(entry, 1);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_size(entry, (la_int64_t)size);
	if (S_ISCHR(mode))
		archive_entry_set_rdev(entry, makedev(5, 1));
	good = archive_write_header(archive, entry) == ARCHIVE_OK &&
	       (!size || archive_write_data(archive, data, size) == (la_ssize_t)size);
	archive_entry_free(entry);
	return good;
}

/* /dev/console is what the kernel opens for its init; an initramfs of the user's may lack it. */
static bool add_all(struct archive *archive, const struct blob *busybox, const char *command)
{
	return add(archive, "dev", S_IFDIR | 0755, NULL, 0) &&
	       add(archive, "dev/console", S_IFCHR | 0600, NULL, 0) &&
	       add(archive, "swtdx", S_IFDIR | 0755, NULL, 0) &&
	       add(archive, "swtdx/busybox", S_IFREG | 0755, busybox->data, busybox->size) &&
	       add(archive, "swtdx/command", S_IFREG | 0644, command, strlen(command)) &&
	       add(archive, "swtdx/init", S_IFREG | 0755, init_script, sizeof(init_script) - 1);
}

static bool write_archive(struct blob *blob, const struct blob *busybox, const char *command)
{
	struct archive *archive = archive_write_new();
	bool good = archive && archive_write_set_format_cpio_newc(archive) == ARCHIVE_OK &&
		    archive_write_set_bytes_per_block(archive, 65536) == ARCHIVE_OK &&
		    archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK &&
		    archive_write_open(archive, blob, NULL, append_to_blob, NULL) == ARCHIVE_OK &&
		    add_all(archive, busybox, command) &&
		    archive_write_close(archive) == ARCHIVE_OK;

	if (!good)
		fail(STATUS_HOST, "cannot make an initramfs: %s",
		     archive ? archive_error_string(archive) : "out of memory");
	archive_write_free(archive);
	return good;
}

int initramfs_append(struct blob *blob, const char *command)
{
	struct blob busybox = { 0 };
	int status = busybox_read(&busybox);

	if (!status) {
		blob_pad(blob, 4);
		status = write_archive(blob, &busybox, command) ? 0 : STATUS_HOST;
	}
	blob_free(&busybox);
	return status;
}
