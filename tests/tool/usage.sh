# SPDX-License-Identifier: MIT
# Options, help and version.
# shellcheck shell=bash
# shellcheck source=tests/tool/tap.bash
. "$(dirname "$0")/tap.bash"

kernel=$tmp/kernel
fake_kernel "$kernel"

run --version
is "$status" 0 '--version: exit status'
like "$out" 'swtdx [0-9]*.[0-9]*.[0-9]*' '--version: text'
run --help
is "$status" 0 '--help: exit status'
like "$out" '*swtdx run --kernel*' '--help: text'
for verb in run measure conformance doctor help; do
	run help $verb
	like "$status $out" "0 swtdx $verb*" "help $verb"
done
run run --help
like "$status $out" '0 swtdx run: *' 'run --help'
for verb in run measure conformance doctor; do
	run $verb -h
	like "$status $out" "0 swtdx $verb*" "$verb -h"
done

# Every option of the help is an option, and in the manual.
for verb in run conformance; do
	run help $verb
	for option in $(grep -o -- '^  --[a-z-]*' <<< "$out"); do
		grep -q -- "Fl -${option#--}" "$top/docs/man/swtdx.1"
		ok $? "the manual has $option of $verb"
	done
done

run
fails 101 'which verb?*' 'no verb'
run fly
fails 101 'fly is not a verb*' 'unknown verb'
run help fly
fails 101 'help: fly is not a verb*' 'help on an unknown verb'
run run --kernel "$kernel" --fast
fails 101 "run: '--fast' is not an option*" 'unknown option'
run run --kernel
fails 101 'run: --kernel needs a value*' 'option without its value'
run run --kernel --quiet
fails 101 'run: --kernel needs a value*' 'the next option in the place of its value'
cd "$tmp" || exit
run run --json --quiet
fails 101 'run: --json needs a value*' 'the same with --json'
is "$(ls -A -I out -I err -I kernel)" '' 'no file with that name'
run run -kernel "$kernel"
fails 101 "run: '-kernel' is not an option; do you mean --kernel?" 'one dash'
run run -kernel=x
fails 101 "run: '-kernel=x' is not an option; do you mean --kernel?" 'one dash and ='
run run "$kernel"
fails 101 "run: '$kernel' is not an option; do you mean --kernel $kernel?" 'a file alone'
cp "$kernel" "$tmp/own.fd"
run run "$tmp/own.fd"
fails 101 "run: '$tmp/own.fd' is not an option; do you mean --firmware $tmp/own.fd?" 'an image of a firmware alone'
run run --kernel "$kernel" --exec ls /
fails 101 "run: '/' is not an option; put all of --exec's command in quotes" '--exec of two words'
run run --kernel "$kernel" --exec dmesg -T
fails 101 "run: '-T' is not an option; put all of --exec's command in quotes" '--exec with an option'
run run --kernel "$kernel" --append quiet debug
fails 101 "run: 'debug' is not an option; put all of --append's string in quotes" '--append of two words'
run --kernel "$kernel"
fails 101 '--kernel: the verb comes first, as in swtdx run*' 'no verb before the options'
run run --kernel "$kernel" extra
fails 101 "run: 'extra' is not an option*" 'stray argument'
run run --firmware "$kernel" --exec true
fails 101 'run: --initrd, --append and --exec need --kernel FILE*' '--exec with a firmware alone'
for option in '--exec true' '--initrd x' '--append x'; do
	for verb in run measure; do
		# shellcheck disable=SC2086
		run $verb $option
		fails 101 "$verb: --initrd, --append and --exec need --kernel FILE*" "$verb ${option% *} without a kernel"
	done
done
run run --kernel "$kernel" --accel=hvf
fails 101 '--accel hvf: must be auto, tcg or kvm' 'unknown accelerator'
for size in 12X M -1G 1GG '' 99999999999T; do
	run run --kernel "$kernel" --memory="$size"
	fails 101 "--memory $size: not a size*" "memory '$size'"
done
for size in 0 512 1M; do
	run run --kernel "$kernel" --memory=$size
	fails 101 "--memory $size: less than 2M; write it like *" "memory $size"
done
run run --kernel "$kernel" --memory=3M
fails 101 '--memory 3M: must be a multiple of 2M' 'odd memory'
run run --kernel "$kernel" --memory=1T
fails 101 '--memory 1T: more than*' 'too much memory'
for time in soon -1 1s nan inf; do
	run run --kernel "$kernel" --timeout=$time
	fails 101 "--timeout $time: not a number of seconds" "timeout '$time'"
done
run run --kernel "$kernel" --append "$(printf '%3000s' x)"
fails 101 'the command line has *; shorten --append' 'command line too long'
run measure --kernel "$kernel" --qemu x
fails 101 "measure: '--qemu' is not an option*" 'option of another verb'
run doctor now
fails 101 'doctor: the only option is*' 'argument of doctor'

run doctor --qemu "$fake_qemu"
is "$status" 0 'doctor: exit status'
like "$out" '*ok   QEMU *version 10.0.2*' 'doctor finds QEMU'
like "$out" '*kernel*' 'doctor looks at kernels'
like "$out" '*Try it: swtdx run*' 'doctor says what to try'
mkdir -p "$tmp/build/kernel"
cp "$kernel" "$tmp/build/kernel/vmlinuz"
run doctor --qemu "$fake_qemu"
like "$out" '*ok   kernel      build/kernel/vmlinuz*' 'doctor finds the kernel that install-deps fetches'
run doctor --qemu /nowhere/qemu
is "$status" 105 'doctor without QEMU: exit status'
like "$out" '*--   QEMU *to do: QEMU is not here*' 'doctor without QEMU says what to do'

done_testing
