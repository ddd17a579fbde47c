/* SPDX-License-Identifier: MIT */
/* swtdx help: the short form of swtdx(1). */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/bits.h"
#include "tools/say.h"
#include "tools/verbs.h"

static const char help_swtdx[] =
	"swtdx: a TDX machine that needs no TDX hardware\n"
	"\n"
	"  swtdx run                          boots a small TD that is built in: try this first\n"
	"  swtdx run --kernel FILE [...]      boots a kernel as a TD; its console is stdin and "
	"stdout\n"
	"  swtdx measure --kernel FILE [...]  says what MRTD and RTMRs of that TD are\n"
	"  swtdx conformance [LEAF]           says what each leaf of the module does, and runs its "
	"tests\n"
	"  swtdx doctor                       says what of this computer is usable, and what to "
	"do\n"
	"  swtdx help VERB                    says more about one of them; also VERB --help, -h\n"
	"  swtdx --version\n"
	"\n"
	"It is a tool for development and tests, not a security boundary: whoever runs it sees\n"
	"everything that the TD does. The manual is swtdx(1).\n";

#define HELP_OF_A_TD                                                                               \
	"  --kernel FILE      Linux bzImage, for example /boot/vmlinuz-6.12.*-cloud-amd64\n"       \
	"  --initrd FILE      its initramfs\n"                                                     \
	"  --append STRING    behind our command line, \"console=ttyS0 panic=-1 reboot=a\"\n"      \
	"  --memory SIZE      of the TD, like 2G; default: 512M, 16M for hello-td\n"               \
	"  --exec COMMAND     makes an initramfs that runs the shell command COMMAND and powers "  \
	"off;\n"                                                                                   \
	"                     laid over that of --initrd; adds \"quiet\" to the command line\n"    \
	"  --firmware FILE    a TDVF image instead of the built-in one; needs no --kernel\n"

static const char help_run[] =
	"swtdx run: boots a TD; its serial console is stdin and stdout\n"
	"\n"
	"Without --kernel and --firmware it is hello-td, a small kernel that is built in: it "
	"prints "
	"what\n"
	"a TD finds, and powers off. Its source is examples/hello-td.\n"
	"\n" HELP_OF_A_TD "  --timeout SECONDS  ends a TD that takes longer; 0 is never. Default: "
	"600 when stdin is no\n"
	"                     terminal, never when it is one\n"
	"  --json FILE        writes how the run went; - is stdout\n"
	"  --accel WHICH      auto (the default), tcg, kvm\n"
	"  --qemu PATH        instead of qemu-system-x86_64 in $PATH; at least 8, 10 is tested\n"
	"  --vmm FILE         a VMM image instead of the built-in one\n"
	"  --dry-run          checks everything, prints QEMU's command line, starts nothing\n"
	"  --verbose          the log of monitor, VMM and QEMU on stderr; no \"quiet\" for --exec\n"
	"  --quiet            no summary\n"
	"\n"
	"Ctrl-] ends a TD whose console is your terminal; all other keys go to the TD.\n"
	"\n"
	"Exit status: with --exec COMMAND's, else 0 when the TD powered itself off. Otherwise\n"
	"  101 wrong usage             106 the kernel never said it is a TD  112 no status of "
	"COMMAND\n"
	"  102 file missing            107 the TD reported a fatal error     120 the machine "
	"failed\n"
	"  103 not a usable bzImage    108 triple fault                      121 error of this "
	"computer\n"
	"  104 memory too small        109 memory touched, not accepted      124 timeout\n"
	"  105 QEMU missing or too     110 the TD halted for ever            130 ended by Ctrl-C "
	"or\n"
	"      old, or without SVM     111 the TD reset itself                   Ctrl-]\n"
	"\n"
	"Examples: swtdx run\n"
	"          swtdx run --kernel /boot/vmlinuz-6.12.*-cloud-amd64 --exec 'dmesg | grep -i "
	"tdx'\n";

static const char help_measure[] =
	"swtdx measure: computes MRTD and RTMRs of a TD without running it\n"
	"\n" HELP_OF_A_TD "  --verbose          as with run, where it changes the command line\n"
	"  --json FILE        writes them as JSON; - is stdout\n"
	"\n"
	"The RTMRs are those at the kernel's first instruction, with the built-in firmware. "
	"Without\n"
	"--kernel and --firmware it is the TD that `swtdx run` boots then, hello-td.\n";

static const char help_conformance[] =
	"swtdx conformance [LEAF...]: says of each leaf of SEAMCALL and TDCALL in what it differs "
	"from\n"
	"hardware, and which tests show what it does\n"
	"\n"
	"  LEAF               like TDH.MEM.PAGE.ADD or 'TDG.VP.*': only these, with the states in "
	"which\n"
	"                     they are allowed\n"
	"  --absent           only leaves that the module lacks\n"
	"  --run              runs the tests and says how each leaf did\n"
	"  --tests DIR        where the built tests are; default: tests/ beside the command\n"
	"  --qemu PATH        for tests that need the machine, as with run\n"
	"  --json FILE        writes all of it; - is stdout\n"
	"\n"
	"Exit status: 0; 113 when a test failed; 102 when one did not run; 101, 121 as with run.\n"
	"\n"
	"Example: swtdx conformance --run TDH.MEM.PAGE.ADD\n";

static const char help_doctor[] = "swtdx doctor: says which QEMU, accelerator, busybox and kernels "
				  "are usable here, and what\n"
				  "to do where one is not\n"
				  "\n"
				  "  --qemu PATH        instead of qemu-system-x86_64 in $PATH\n"
				  "\n"
				  "Exit status: 0 when `swtdx run` can work here, 105 when not.\n";

static const char help_help[] = "swtdx help [VERB]: says more about a verb\n";

static const struct {
	const char *verb, *text;
} pages[] = {
	{ "run", help_run },	   { "measure", help_measure }, { "conformance", help_conformance },
	{ "doctor", help_doctor }, { "help", help_help },
};

bool help_print(const char *verb)
{
	const char *text = verb ? NULL : help_swtdx;

	for (size_t i = 0; verb && i < ARRAY_SIZE(pages); i++)
		if (!strcmp(verb, pages[i].verb))
			text = pages[i].text;
	return text && fputs(text, stdout) != EOF && fflush(stdout) != EOF;
}

int verb_help(int argc, char **argv)
{
	if (argc > 2)
		return fail(STATUS_USAGE, "help: one verb at a time");
	if (!help_print(argc > 1 ? argv[1] : NULL))
		return fail(STATUS_USAGE, "help: %s is not a verb; see swtdx --help", argv[1]);
	return STATUS_OK;
}
