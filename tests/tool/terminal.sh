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
on_terminal() { # FAKE [EXPECT KEYS]...
	local fake=$1
	shift
	rm -f "$tmp/status"
	: > "$tmp/typescript"
	FAKE=$fake "$O/tests/tool/pty" "$@" -- bash "$tmp/session" > "$tmp/typescript" < /dev/null
}
restored() {
	is "$(< "$tmp/after")" "$(< "$tmp/before")" "$1: the terminal is as before"
}

on_terminal "$start print=[ echo print=] $finish" '[' 'a\003b\032c' c q
is "$(< "$tmp/status")" 0 'keys: exit status'
like "$(< "$tmp/typescript")" $'*[[]a\003b\032c[]]*' 'keys: all reach the TD, Ctrl-C and Ctrl-Z too'
like "$(< "$tmp/typescript")" '*Ctrl-] ends the TD*' 'keys: the escape is announced'
restored keys

on_terminal "$start print=[ echo hang" '[' 'a\035'
is "$(< "$tmp/status")" 130 'escape: exit status'
like "$(< "$tmp/typescript")" '*ended with Ctrl-]*' 'escape: sentence'
restored escape

options='--timeout 1'
on_terminal "$start hang"
is "$(< "$tmp/status")" 124 'timeout: exit status'
restored timeout
options=

: > "$tmp/typescript"
(until grep -q 'ends the TD' "$tmp/typescript"; do sleep 0.1; done
	kill -TERM "$(pgrep -f "^$SWTDX run --qemu $fake_qemu")") &
on_terminal "$start hang"
is "$(< "$tmp/status")" 143 'SIGTERM: exit status'
restored SIGTERM

on_terminal "$start die"
is "$(< "$tmp/status")" 121 'QEMU crashes: exit status'
restored 'QEMU crashes'

on_terminal "$start sleep=5 $finish"
like "$(< "$tmp/typescript")" '*swtdx: 3 s: the kernel boots*' 'silence is commented'

# Without a terminal: the end of stdin is no end, and what is typed early waits for --exec.
out=$(FAKE="$start echo $finish" "$SWTDX" run --qemu "$fake_qemu" --kernel "$kernel" --quiet < <(printf 'abcq'))
is "$out" abc 'stdin from a pipe'
out=$(printf 'abcq' | FAKE="$start sleep=1 print=x status=ready echo status=status,0 $finish" "$SWTDX" run \
	--qemu "$fake_qemu" --kernel "$kernel" --quiet --exec cat)
is "$out" xabc 'stdin from a pipe, with --exec'

done_testing
