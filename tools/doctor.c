/* SPDX-License-Identifier: MIT */
/* swtdx doctor: what of this computer is usable, and what to do where something is not. */
#include <getopt.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/bzimage.h"
#include "tools/engine.h"
#include "tools/initramfs.h"
#include "tools/say.h"
#include "tools/verbs.h"

static void finding(bool good, const char *what, const char *text, ...)
	__attribute__((format(printf, 3, 4)));

static void finding(bool good, const char *what, const char *text, ...)
{
	va_list args;

	printf("%-4s %-11s ", good ? "ok" : "--", what);
	va_start(args, text);
	vprintf(text, args);
	va_end(args);
	putchar('\n');
}

static void todo(const char *text)
{
	printf("     %-11s to do: %s\n", "", text);
}

static bool examine_qemu(const char *name, struct engine *engine)
{
	int status;

	keep_failures_quiet(true);
	status = engine_probe(engine, name);
	if (!status)
		status = engine_choose(engine, ACCEL_AUTO);
	keep_failures_quiet(false);
	if (status) {
		finding(false, "QEMU", "not usable");
		todo(last_failure());
		return false;
	}
	finding(true, "QEMU", "%s, version %s%s", engine->path, engine->version,
		engine->major == TESTED_QEMU ? "" : " (10 is the tested one)");
	return true;
}

static void examine_accelerator(const struct engine *engine)
{
	const char *obstacle = engine->has_kvm ? kvm_obstacle() : "this QEMU is built without KVM";

	finding(true, "accelerator", "%s is used", accel_name(engine->accel));
	if (obstacle)
		finding(false, "KVM", "%s; TCG works everywhere, only slower", obstacle);
}

static void examine_busybox(void)
{
	const char *path = busybox_find();

	finding(path, "busybox", "%s", path ? path : "no static one, so no --exec");
	if (!path)
		todo("install the package busybox-static, or name one in SWTDX_BUSYBOX");
}

/* Where scripts/install-deps puts one, in the tree that it is run in. */
#define FETCHED_KERNEL "build/kernel/vmlinuz"

enum support {
	SUPPORT_YES,
	SUPPORT_NO,
	SUPPORT_UNKNOWN,
};

/* Distributions put the configuration beside the kernel, under the same name. */
static enum support tdx_support(const char *release)
{
	enum support support = SUPPORT_NO;
	char path[512], line[512];
	FILE *config;

	snprintf(path, sizeof(path), "/boot/config-%s", release);
	config = fopen(path, "re");
	if (!config)
		return SUPPORT_UNKNOWN;
	while (fgets(line, sizeof(line), config))
		if (!strcmp(line, "CONFIG_INTEL_TDX_GUEST=y\n"))
			support = SUPPORT_YES;
	fclose(config);
	return support;
}

static bool examine_kernel(const char *path)
{
	static const char prefix[] = "/boot/vmlinuz-";

	switch (tdx_support(path + sizeof(prefix) - 1)) {
	case SUPPORT_YES:
		if (access(path, R_OK) == 0) {
			finding(true, "kernel", "%s", path);
			return true;
		}
		finding(false, "kernel", "%s has TDX guest support, but you may not read it", path);
		return false;
	case SUPPORT_NO:
		finding(false, "kernel", "%s has no TDX guest support", path);
		return false;
	case SUPPORT_UNKNOWN:
		finding(false, "kernel", "%s: its configuration is not beside it, so nobody knows",
			path);
		return false;
	}
	return false;
}

static void examine_kernels(void)
{
	glob_t found = { 0 };
	bool any = access(FETCHED_KERNEL, R_OK) == 0;

	if (any)
		finding(true, "kernel", FETCHED_KERNEL);
	if (glob("/boot/vmlinuz-*", 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			any |= examine_kernel(found.gl_pathv[i]);
	globfree(&found);
	if (any)
		return;
	finding(false, "kernel", "none with TDX guest support in /boot that you may read");
	todo("in swtdx' source run scripts/install-deps, which fetches Debian's 6.12 cloud kernel "
	     "to " FETCHED_KERNEL "; or install linux-image-cloud-amd64, on Debian 12 from "
	     "bookworm-backports");
}

/* Returns 0, STATUS_USAGE after having said what is wrong, or -1 for help. */
static int read_options(int argc, char **argv, const char **qemu)
{
	static const struct option table[] = {
		{ "qemu", required_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int id;

	*qemu = NULL;
	opterr = 0;
	while ((id = getopt_long(argc, argv, "+h", table, NULL)) == 'q')
		*qemu = optarg;
	if (id == 'h')
		return -1;
	if (id != -1 || optind < argc)
		return fail(STATUS_USAGE, "doctor: the only option is --qemu PATH");
	return 0;
}

int verb_doctor(int argc, char **argv)
{
	struct engine engine;
	const char *qemu;
	int status = read_options(argc, argv, &qemu);

	if (status < 0)
		return help_print("doctor") ? STATUS_OK : STATUS_HOST;
	if (status)
		return status;
	status = examine_qemu(qemu, &engine) ? STATUS_OK : STATUS_ENGINE;
	if (!status)
		examine_accelerator(&engine);
	examine_busybox();
	examine_kernels();
	if (!status)
		puts("Try it: swtdx run, which needs no kernel.");
	return status;
}
