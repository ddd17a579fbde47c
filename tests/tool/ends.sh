# SPDX-License-Identifier: MIT
# Every way for a run to end, played by a fake QEMU: exit status, sentence, JSON, and nothing left behind.
# shellcheck shell=bash
# shellcheck source=tests/tool/tap.bash
. "$(dirname "$0")/tap.bash"

kernel=$tmp/kernel
fake_kernel "$kernel"
start='monitor=@monitor.start vmm=@vmm.start vmm=@td.enter'
booted="$start vmm=@progress,shim vmm=@progress,measured vmm=@progress,kernel vmm=@progress,guest"
finish='monitor=@monitor.end exit=1'
play() { # FAKE OPTIONS...
	FAKE=$1 run run --qemu "$fake_qemu" --kernel "$kernel" --json "$tmp/json" "${@:2}"
}
ends() { # STATUS WORD GLOB DESCRIPTION
	fails "$1" "$3" "$4"
	is "$(json "$tmp/json" '->{status}') $(json "$tmp/json" '->{end}')" "$1 $2" "$4: JSON"
}

play "$booted print=hello vmm=@td.end,poweroff $finish"
ends 0 poweroff 'the TD powered itself off *' 'power-off'
is "$out" hello 'power-off: console'
play "$booted status=ready status=status,7 vmm=@td.end,poweroff $finish" --exec 'exit 7'
ends 7 exec 'the command ended with status 7 *' '--exec'
is "$(json "$tmp/json" '->{exec_status}')" 7 '--exec: status in JSON'
play "$booted status=status,0 vmm=@td.end,poweroff $finish" --exec true
ends 0 exec 'the command ended with status 0 *' '--exec, good'
play "$booted status=status,0 vmm=@td.end,reset $finish" --exec true
ends 111 reset 'the TD reset itself*' '--exec, but no power-off'
play "$booted status=status,999 status=hello vmm=@td.end,poweroff $finish" --exec true
ends 112 no-exec-status 'the TD powered itself off before*' '--exec without a status'
play "$start vmm=@progress,kernel vmm=@td.end,triple-fault $finish"
ends 106 not-a-td "the kernel $kernel (Linux 6.99-fake) never said that it is a TD: *triple fault*" 'no TD'
play "$start vmm=@progress,kernel hang" --timeout 1
ends 124 timeout 'the TD was still running after 1 s * before its kernel had said that it knows of TDX*' 'no TD, silent'
play "$booted vmm=@td.fatal.code,10 vmm=@td.fatal.message,no,luck vmm=@td.end,fatal $finish"
ends 107 fatal 'the TD reported a fatal error: no luck (code 0x10) *' 'fatal error'
escape=$'\e'
play "$booted vmm=@td.fatal.message,$escape[31m vmm=@td.end,fatal $finish"
ends 107 fatal 'the TD reported a fatal error: ?\[31m *' 'message that would write to the terminal'
play "$booted vmm=@td.end,triple-fault $finish"
ends 108 triple-fault 'the TD ended by a triple fault*' 'triple fault'
is "$(json "$tmp/json" '->{fault}')" null 'triple fault that nobody tells more of'
play "$booted vmm=@td.end,triple-fault monitor=@td.triple_fault,ffff8000 $finish"
ends 108 triple-fault 'the TD ended by a triple fault: an exception at RIP 0xffff8000 *' 'triple fault with its RIP'
is "$(json "$tmp/json" '->{fault}{rip} . $_->{fault}{how}')" 0xffff8000triple-fault 'triple fault: JSON'
play "$booted vmm=@td.end,unaccepted monitor=@td.fault,1234000,ffff,pending $finish"
ends 109 unaccepted '*not accepted: GPA 0x1234000, RIP 0xffff (the page is pending)*' 'unaccepted memory'
is "$(json "$tmp/json" '->{fault}{gpa}')" 0x1234000 'unaccepted memory: GPA in JSON'
play "$booted vmm=@td.end,halted $finish"
ends 110 halted 'the TD halted for ever*' 'halt'
play "$booted vmm=@td.end,reset $finish"
ends 111 reset 'the TD reset itself*' 'reset'
play "$booted monitor=@monitor.panic,too,bad exit=3"
ends 120 machine-failed 'the monitor failed: too bad *' 'monitor fails'
play "$booted vmm=@vmm.error,Too,little. vmm=@td.end,error $finish"
ends 120 machine-failed 'the VMM failed: Too little. *' 'VMM fails'
play "$booted exit=0"
ends 120 machine-failed 'the machine ended without saying how*' 'machine ends without a word'
play 'exit=0'
ends 120 machine-failed 'the monitor did not start*' 'monitor does not start'
play 'say=qemu:,no,memory exit=1'
ends 121 host-error 'QEMU did not run the machine: qemu: no memory *' 'QEMU refuses'
play "$booted die"
ends 121 host-error 'QEMU was ended by signal 11 *' 'QEMU crashes'
play "$booted hang" --timeout 0.5
ends 124 timeout 'the TD was still running after 0.5 s and was ended*' 'timeout'

# What is counted.
play "$booted monitor=@exit.io,5 monitor=@exit.memory,6 monitor=@ve.io,4 monitor=@tdcall.vp_vmcall,3 \
	monitor=@seamcall.vp_enter,9 vmm=@vmcall.io,2 monitor=@pages.added,256 monitor=@pages.accepted,512 \
	monitor=@mrtd,ab monitor=@rtmr1,cd monitor=@violation,1000,r,2000 vmm=@td.end,poweroff $finish"
for pair in exits:io=5 exits:memory=6 ve:io=4 tdcalls:vp_vmcall=3 seamcalls:vp_enter=9 tdvmcalls:io=2 pages:added=256; do
	[[ $pair =~ (.*):(.*)=(.*) ]]
	is "$(json "$tmp/json" "->{${BASH_REMATCH[1]}}{${BASH_REMATCH[2]}}")" "${BASH_REMATCH[3]}" "JSON: $pair"
done
is "$(json "$tmp/json" '->{rtmr}[1]') $(json "$tmp/json" '->{rtmr}[0]')" 'cd null' 'JSON: RTMRs'
is "$(json "$tmp/json" '->{violations}[0]{how}')" r 'JSON: violations'
is "$(json "$tmp/json" '->{engine}{qemu}')" 10.0.2 'JSON: engine'
like "$(json "$tmp/json" '->{seconds}{to_kernel}')" '0.*' 'JSON: times'
like "$err" '*exits     11: io 5, memory 6*1.0 MiB added, 2.0 MiB accepted*RTMR1     cd*' 'summary'
play "$booted vmm=@td.end,poweroff $finish" --quiet
is "$err" '' '--quiet'
play "$booted vmm=log,line vmm=@td.end,poweroff $finish" --verbose --quiet
is "$err" 'vmm: log line' '--verbose'
play "$booted vmm=@td.end,poweroff $finish" --json -
like "$out" '{*"end": "poweroff"*}' '--json -'

# Nothing is lost, whoever reads slowly or not at all.
play "$booted flood=20000 vmm=@td.end,poweroff $finish"
is "$(tail -n 1 "$tmp/out")$(wc -l < "$tmp/out")" 'line 2000020000' 'much output to a file'
lines=$(FAKE="$booted flood=20000 vmm=@td.end,poweroff $finish" "$SWTDX" run --qemu "$fake_qemu" --kernel "$kernel" \
	--quiet < /dev/null | { sleep 1; wc -l; })
is "$lines" 20000 'much output to a slow reader'
FAKE="$booted flood=200000 hang" "$SWTDX" run --qemu "$fake_qemu" --kernel "$kernel" --quiet < /dev/null \
	2> /dev/null | head -n 1 > /dev/null
is "${PIPESTATUS[0]}" 141 'the reader goes away'

# Signals: prompt, with a status of their own, and QEMU goes too.
for signal in INT TERM HUP QUIT KILL; do
	rm -f "$tmp/pid"
	FAKE="$booted pid=$tmp/pid hang" "$SWTDX" run --qemu "$fake_qemu" --kernel "$kernel" > /dev/null \
		2> "$tmp/err" < /dev/null &
	until [[ -s $tmp/pid ]]; do sleep 0.1; done
	# What runs in the background ignores SIGINT, unless it asks for it as swtdx does.
	kill -$signal $!
	wait $! 2> /dev/null
	is $? $((128 + $(kill -l $signal))) "SIG$signal: exit status"
	sleep 0.2
	! grep -q '^State:[[:space:]]*[RSDTI]' "/proc/$(< "$tmp/pid")/status" 2> /dev/null
	ok $? "SIG$signal: QEMU is gone"
done

done_testing
