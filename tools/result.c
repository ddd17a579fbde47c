/* SPDX-License-Identifier: MIT */
#include "tools/result.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "tools/console.h"
#include "tools/say.h"

/* A run, and what is made of it. */
struct trial {
	const struct options *options;
	const struct bzimage *image;
	const struct record *record;
	const struct outcome *outcome;
	struct verdict *verdict;
};

static void say(const struct trial *t, int status, const char *end, const char *text, ...)
	__attribute__((format(printf, 4, 5)));

static void say(const struct trial *t, int status, const char *end, const char *text, ...)
{
	va_list args;

	t->verdict->status = status;
	t->verdict->end = end;
	va_start(args, text);
	vsnprintf(t->verdict->text, sizeof(t->verdict->text), text, args);
	va_end(args);
}

static void judge_poweroff(const struct trial *t)
{
	int status = t->record->exec_status;

	if (!t->options->exec)
		say(t, STATUS_OK, "poweroff", "the TD powered itself off");
	else if (status >= 0)
		say(t, status, "exec", "the command ended with status %d", status);
	else
		say(t, STATUS_NO_EXEC_STATUS, "no-exec-status",
		    "the TD powered itself off before the command of --exec had told its status; "
		    "is rdinit= or init= in --append?");
}

static void judge_fatal(const struct trial *t)
{
	const struct record *r = t->record;

	if (*r->fatal_message)
		say(t, STATUS_FATAL, "fatal", "the TD reported a fatal error: %s (code 0x%llx)",
		    r->fatal_message, (unsigned long long)r->fatal_code);
	else
		say(t, STATUS_FATAL, "fatal",
		    "the TD reported a fatal error without a message (code 0x%llx)",
		    (unsigned long long)r->fatal_code);
}

static void judge_unaccepted(const struct trial *t)
{
	const struct record *r = t->record;

	if (r->has_td_fault)
		say(t, STATUS_UNACCEPTED, "unaccepted",
		    "the TD touched private memory that it had not accepted: GPA 0x%llx, RIP "
		    "0x%llx (the page is %s)",
		    (unsigned long long)r->td_fault.gpa, (unsigned long long)r->td_fault.rip,
		    r->td_fault.how);
	else
		say(t, STATUS_UNACCEPTED, "unaccepted",
		    "the TD touched private memory that it had not accepted: GPA 0x%llx",
		    (unsigned long long)r->td_gpa);
}

static void judge_reset(const struct trial *t)
{
	bool rootless = t->options->kernel && !t->options->initrd && !t->options->exec;

	say(t, STATUS_RESET, "reset",
	    "the TD reset itself, as a kernel does after a panic; its console tells why%s",
	    rootless ? "; without --initrd or --exec it has no root file system" : "");
}

static void judge_triple_fault(const struct trial *t)
{
	if (t->record->has_triple_fault)
		say(t, STATUS_TRIPLE_FAULT, "triple-fault",
		    "the TD ended by a triple fault: an exception at RIP 0x%llx that it could not "
		    "handle",
		    (unsigned long long)t->record->triple_fault_rip);
	else
		say(t, STATUS_TRIPLE_FAULT, "triple-fault", "the TD ended by a triple fault");
}

static void judge_machine_failure(const struct trial *t)
{
	const struct record *r = t->record;

	if (*r->panic)
		say(t, STATUS_MACHINE, "machine-failed", "the monitor failed: %s", r->panic);
	else if (*r->vmm_error)
		say(t, STATUS_MACHINE, "machine-failed", "the VMM failed: %s", r->vmm_error);
	else if (!r->monitor_started)
		say(t, STATUS_MACHINE, "machine-failed",
		    "the monitor did not start; run again with --verbose to see why");
	else
		say(t, STATUS_MACHINE, "machine-failed",
		    "the machine ended without saying how; run again with --verbose to see its "
		    "log");
}

/*
 * A VMM of the user's may have no TD at all. It tells how it went by what it writes to the exit
 * port, which QEMU's exit status carries in all bits but the lowest.
 */
static void judge_silent_vmm(const struct trial *t)
{
	int code = WEXITSTATUS(t->outcome->qemu_status) >> 1;

	if (!t->options->vmm || !t->record->monitor_ended || *t->record->panic ||
	    *t->record->vmm_error)
		judge_machine_failure(t);
	else if (code)
		say(t, STATUS_MACHINE, "machine-failed", "the VMM ended the machine with code %d",
		    code);
	else
		say(t, STATUS_OK, "vmm", "the VMM ended the machine");
}

/* What the VMM says, or that it said nothing. */
static void judge_td(const struct trial *t)
{
	switch (t->record->td_end) {
	case TD_END_POWEROFF:
		judge_poweroff(t);
		break;
	case TD_END_RESET:
		judge_reset(t);
		break;
	case TD_END_FATAL:
		judge_fatal(t);
		break;
	case TD_END_TRIPLE_FAULT:
		judge_triple_fault(t);
		break;
	case TD_END_UNACCEPTED:
		judge_unaccepted(t);
		break;
	case TD_END_HALTED:
		say(t, STATUS_HALTED, "halted",
		    "the TD halted for ever: no interrupt can wake it any more");
		break;
	case TD_END_NONE:
		judge_silent_vmm(t);
		break;
	case TD_END_ERROR:
	case TD_END_COUNT:
		judge_machine_failure(t);
		break;
	}
}

static void judge_qemu(const struct trial *t)
{
	int status = t->outcome->qemu_status;
	bool said = *t->outcome->qemu_said;

	if (WIFSIGNALED(status))
		say(t, STATUS_HOST, "host-error", "QEMU was ended by signal %d (%s)%s%s",
		    WTERMSIG(status), strsignal(WTERMSIG(status)), said ? ": " : "",
		    t->outcome->qemu_said);
	else if (!t->record->monitor_started && WEXITSTATUS(status))
		say(t, STATUS_HOST, "host-error", "QEMU did not run the machine%s%s",
		    said ? ": " : "", t->outcome->qemu_said);
	else
		judge_td(t);
}

/* A kernel was entered, and nothing has told yet that it takes this for more than a PC. */
static bool is_silent_kernel(const struct trial *t)
{
	return t->record->stage == STAGE_KERNEL && t->options->kernel;
}

/* Could a guest that makes no TDVMCALL have ended like this? All other ends need one. */
static bool is_silent_end(const struct trial *t)
{
	enum td_end end = t->record->td_end;

	return t->outcome->stop == STOP_MACHINE &&
	       (end == TD_END_TRIPLE_FAULT || end == TD_END_UNACCEPTED);
}

static void judge_output(const struct trial *t)
{
	if (t->outcome->output_error == EPIPE)
		say(t, STATUS_SIGNAL + SIGPIPE, "signal",
		    "ended, since nobody reads the console any more");
	else
		say(t, STATUS_HOST, "host-error", "cannot write the console to standard output: %s",
		    strerror(t->outcome->output_error));
}

static void judge_stop(const struct trial *t)
{
	const struct outcome *o = t->outcome;

	switch (o->stop) {
	case STOP_MACHINE:
		judge_qemu(t);
		break;
	case STOP_TIMEOUT:
		say(t, STATUS_TIMEOUT, "timeout",
		    "the TD was still running after %.10g s and was ended%s; --timeout allows more",
		    o->timeout,
		    is_silent_kernel(t) ? " before its kernel had said that it knows of TDX" : "");
		break;
	case STOP_ESCAPE:
		say(t, STATUS_USER, "user", "ended with " CONSOLE_ESCAPE_NAME);
		break;
	case STOP_SIGNAL:
		say(t, STATUS_SIGNAL + o->signal, o->signal == SIGINT ? "user" : "signal",
		    "ended by signal %d (%s)", o->signal, strsignal(o->signal));
		break;
	case STOP_OUTPUT:
		judge_output(t);
		break;
	case STOP_HOST:
	case STOP_NONE:
		say(t, STATUS_HOST, "host-error", "%s", last_failure());
		break;
	}
}

/* The kernel was entered, and went down without a word to the VMM: it took this for a PC. */
static void judge_silence(const struct trial *t)
{
	const char *version = t->image->version;
	char how[sizeof(t->verdict->text)];

	if (!is_silent_kernel(t) || !is_silent_end(t))
		return;
	snprintf(how, sizeof(how), "%s", t->verdict->text);
	say(t, STATUS_NOT_A_TD, "not-a-td",
	    "the kernel %s%s%s%s never said that it is a TD: it lacks TDX guest support "
	    "(CONFIG_INTEL_TDX_GUEST; Debian has it from 6.12 on); %.600s",
	    t->options->kernel, *version ? " (Linux " : "", version, *version ? ")" : "", how);
}

void judge(const struct options *options, const struct bzimage *image, const struct record *record,
	   const struct outcome *outcome, struct verdict *verdict)
{
	const struct trial t = { options, image, record, outcome, verdict };

	judge_stop(&t);
	judge_silence(&t);
}
