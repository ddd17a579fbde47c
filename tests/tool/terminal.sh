# SPDX-License-Identifier: MIT
# The console on a terminal: keys, the escape, and the terminal as it was before.
# shellcheck shell=bash
# shellcheck source=tests/tool/tap.bash
. "$(dirname "$0")/tap.bash"

kernel=$tmp/kernel
fake_kernel "$kernel"
start='monitor=@monitor.start vmm=@td.enter vmm=@progress,kernel vmm=@progress,guest'
finish='vmm=@td.end,poweroff monitor=@monitor.end exit=1'

# Runs swtdx on a terminal of its own with the keys typed, the settings noted before and after.
cat > "$tmp/session" <<- 'END'
	stty -g > "$tmp/before"
	"$SWTDX" run --qemu "$fake_qemu" --kernel "$tmp/kernel" $options
	echo $? > "$tmp/status"
	stty -g > "$tmp/after"
END
export tmp SWTDX fake_qemu options
on_terminal() { # FAKE, keys on stdin
	rm -f "$tmp/status"
	FAKE=$1 script -qec "bash $tmp/session" /dev/null > "$tmp/typescript"
}
restored() {
	is "$(< "$tmp/after")" "$(< "$tmp/before")" "$1: the terminal is as before"
}

{ sleep 1; printf 'a\003b\032c'; sleep 1; printf q; sleep 1; } | on_terminal "$start print=[ echo print=] $finish"
is "$(< "$tmp/status")" 0 'keys: exit status'
like "$(< "$tmp/typescript")" $'*[[]a\003b\032c[]]*' 'keys: all reach the TD, Ctrl-C and Ctrl-Z too'
like "$(< "$tmp/typescript")" '*Ctrl-] ends the TD*' 'keys: the escape is announced'
restored keys

{ sleep 1; printf 'a\035'; sleep 1; } | on_terminal "$start echo hang"
is "$(< "$tmp/status")" 130 'escape: exit status'
like "$(< "$tmp/typescript")" '*ended with Ctrl-]*' 'escape: sentence'
restored escape

options='--timeout 1'
sleep 2 | on_terminal "$start hang"
is "$(< "$tmp/status")" 124 'timeout: exit status'
restored timeout
options=

(until pid=$(pgrep -f "^$SWTDX run --qemu $fake_qemu"); do sleep 0.2; done; sleep 1; kill -TERM $pid; sleep 1) |
	on_terminal "$start hang"
is "$(< "$tmp/status")" 143 'SIGTERM: exit status'
restored SIGTERM

sleep 2 | on_terminal "$start die"
is "$(< "$tmp/status")" 121 'QEMU crashes: exit status'
restored 'QEMU crashes'

sleep 6 | on_terminal "$start sleep=5 $finish"
like "$(< "$tmp/typescript")" '*swtdx: 3 s: the kernel boots*' 'silence is commented'

# Without a terminal: the end of stdin is no end, and what is typed early waits for --exec.
out=$(FAKE="$start echo $finish" "$SWTDX" run --qemu "$fake_qemu" --kernel "$kernel" --quiet < <(printf 'abcq'))
is "$out" abc 'stdin from a pipe'
out=$(printf 'abcq' | FAKE="$start sleep=1 print=x status=ready echo status=status,0 $finish" "$SWTDX" run \
	--qemu "$fake_qemu" --kernel "$kernel" --quiet --exec cat)
is "$out" xabc 'stdin from a pipe, with --exec'

done_testing
