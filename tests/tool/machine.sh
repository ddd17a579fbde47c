# SPDX-License-Identifier: MIT
# The command with the real machine: a kernel, and guests that end badly.
# shellcheck shell=bash
# shellcheck source=tests/tool/tap.bash
. "$(dirname "$0")/tap.bash"

kernel=$O/kernel/vmlinuz
old_kernel=$O/kernel/vmlinuz-no-tdx
guests=$O/tests/guest

bad() { # GUEST STATUS GLOB [OPTIONS...]
	local guest=$guests/$1.fd
	if [[ ! -e $guest ]]; then
		skip "$1: exit status and sentence" "no $guest"
		return
	fi
	run run --firmware "$guest" --timeout 60 --json "$tmp/json" "${@:4}"
	fails "$2" "$3" "$1"
	is "$(json "$tmp/json" '->{status}')" "$2" "$1: status in JSON"
}
bad fatal 107 'the TD reported a fatal error: ?*'
bad triple 108 'the TD ended by a triple fault: an exception at RIP 0x*'
# The instruction is the UD2 of trap_die().
if [[ -e $guests/triple.elf ]]; then
	die=$(nm "$guests/triple.elf" | sed -n 's/ . trap_die$//p')
	rip=$(json "$tmp/json" '->{fault}{rip}')
	((rip > 0x$die && rip < 0x$die + 64))
	ok $? 'triple: its RIP'
fi
bad badaccess_pending 109 '*not accepted: GPA 0x*, RIP 0x* (the page is pending) *'
bad halt 110 'the TD halted for ever*'
bad hang 124 'the TD was still running after 3 s*' --timeout 3

if [[ -s $old_kernel ]]; then
	run run --kernel "$old_kernel" --exec true --timeout 60
	fails 106 "the kernel * (Linux 6.1.*) never said that it is a TD: *" 'kernel without TDX'
else
	skip 'kernel without TDX' 'this distribution has none'
fi

if [[ ! -s $kernel ]]; then
	skip 'kernel' "no $kernel; scripts/install-deps fetches it"
	done_testing
	exit
fi

# The command, its output byte for byte, its status; the same measurements inside, outside and offline.
command='printf "a\tb\n\0c\n"; exit 42'
run run --kernel "$kernel" --exec "$command" --json "$tmp/json" --timeout 120
fails 42 'the command ended with status 42 *' '--exec'
is "$(od -An -c "$tmp/out" | tail -n 1)" "$(printf 'a\tb\n\0c\n' | od -An -c)" '--exec: output byte for byte'
is "$(json "$tmp/json" '->{end}')" exec '--exec: JSON'
measured=$("$SWTDX" measure --kernel "$kernel" --exec "$command" | sed 's/.* //')
is "$(json "$tmp/json" '->{mrtd}')" "$(sed -n 1p <<< "$measured")" 'MRTD as measured offline'
for i in 0 1 2 3; do
	is "$(json "$tmp/json" "->{rtmr}[$i]")" "$(sed -n $((i + 2))p <<< "$measured")" "RTMR$i as measured offline"
done
"$SWTDX" measure --kernel "$kernel" --exec "$command" --json "$tmp/measured" > /dev/null
is "$(json "$tmp/measured" '->{mrtd}')" "$(json "$tmp/json" '->{mrtd}')" 'measure --json'
is "$(json "$tmp/json" '->{pages}{donated}')" "$(json "$tmp/json" '->{pages}{returned}')" 'every donated page is back'

# The kernel knows what it runs on, with little memory and with some above 4 GiB.
for size in 256M 3G; do
	run run --kernel "$kernel" --memory "$size" --exec dmesg --json "$tmp/json" --timeout 300
	is "$status" 0 "$size: exit status"
	like "$out" '*tdx: Guest detected*Memory Encryption Features active: Intel TDX*' "$size: the kernel's log"
	measured=$("$SWTDX" measure --kernel "$kernel" --memory "$size" --exec dmesg | sed -n 's/^RTMR0 *//p')
	is "$(json "$tmp/json" '->{rtmr}[0]')" "$measured" "$size: RTMR0 as measured offline"
done

# An initramfs of the user's: its files, ours over it; what is typed reaches the command.
mkdir -p "$tmp/root"
echo from the user > "$tmp/root/file"
perl -e 'local $/; open my $f, "<", $ARGV[0]; my $data = <$f>;
	sub entry { my ($name, $mode, $data) = @_;
		my $e = sprintf("070701" . "%08x" x 13, 0, $mode, 0, 0, 1, 0, length $data, 0, 0, 0, 0,
			length($name) + 1, 0) . "$name\0";
		$e .= "\0" x (-length($e) % 4) . $data;
		$e . "\0" x (-length($e) % 4) }
	print entry("file", 0100644, $data), entry("TRAILER!!!", 0, ""), "x" x 0' "$tmp/root/file" | gzip > "$tmp/initrd"
"$SWTDX" run --kernel "$kernel" --initrd "$tmp/initrd" --exec 'cat /file; read -r x; echo "got $x"' --quiet \
	--timeout 120 > "$tmp/out" 2> /dev/null < <(echo typed)
like "$(tr -d '\r' < "$tmp/out")" $'*from the user\n*got typed' '--initrd below --exec; input'

# Ends that are the kernel's own.
run run --kernel "$kernel" --timeout 60
fails 111 'the TD reset itself*; without --initrd or --exec it has no root file system *' 'the kernel panics'
run run --kernel "$kernel" --exec 'echo b > /proc/sysrq-trigger' --timeout 60
fails 111 'the TD reset itself*' 'reset by the command'
run run --kernel "$kernel" --exec 'poweroff -f' --timeout 120
fails 112 'the TD powered itself off before the command*' 'power-off by the command'
run run --kernel "$kernel" --exec 'sleep 1000' --timeout 15
fails 124 'the TD was still running after 15 s*' 'timeout of the command'

# Nothing listens and nothing is left: our QEMU has no socket with a name.
"$SWTDX" run --kernel "$kernel" --exec 'sleep 100' > /dev/null 2>&1 < /dev/null &
sleep 2
child=$(pgrep -P $!)
listening=$(awk 'FNR > 1 && $4 == "0A" { print $10 }' /proc/net/tcp /proc/net/tcp6 2> /dev/null)
found=
for inode in $listening; do
	find "/proc/$child/fd" -lname "socket:\[$inode\]" 2> /dev/null | grep -q . && found=$inode
done
is "$child:${found:-none}" "$child:none" 'QEMU does not listen'
kill -TERM $!
wait $! 2> /dev/null
is $? 143 'SIGTERM'
! grep -q '^State:[[:space:]]*[RSDTI]' "/proc/$child/status" 2> /dev/null
ok $? 'QEMU is gone'

done_testing
