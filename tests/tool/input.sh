# SPDX-License-Identifier: MIT
# What is found to be wrong before the machine starts.
# shellcheck shell=bash
# shellcheck source=tests/tool/tap.bash
. "$(dirname "$0")/tap.bash"

kernel=$tmp/kernel
fake_kernel "$kernel"
try() { run run --qemu "$fake_qemu" "$@"; }

# Files.
try --kernel "$tmp/none"
fails 102 "cannot read the kernel $tmp/none: No such file or directory" 'kernel missing'
try --kernel "$tmp"
fails 102 "cannot read the kernel $tmp: Is a directory" 'kernel is a directory'
install -m 0 /dev/null "$tmp/secret"
if ((EUID == 0)); then # root reads everything, unless it gives that up
	with=(setpriv --bounding-set=-dac_override,-dac_read_search)
fi
try --kernel "$tmp/secret"
fails 102 "cannot read the kernel $tmp/secret: Permission denied" 'kernel unreadable'
with=()
: > "$tmp/empty"
try --kernel "$tmp/empty"
fails 102 "the kernel $tmp/empty is empty" 'kernel empty'
try --kernel "$kernel" --initrd "$tmp/none"
fails 102 "cannot read the initrd $tmp/none: *" 'initrd missing'
try --kernel "$kernel" --vmm "$tmp/none"
fails 102 "cannot read the VMM image $tmp/none: *" 'VMM image missing'
try --firmware "$tmp/none"
fails 102 "cannot read the firmware $tmp/none: *" 'firmware missing'
try --kernel "$kernel" --json "$tmp/none/json"
fails 102 "cannot write $tmp/none/json: *" 'JSON file cannot be written'
for verb in run measure; do
	run $verb --firmware "$kernel"
	fails 102 "the firmware $kernel is not a TDVF image*; a kernel is for --kernel" "$verb: firmware is a kernel"
	run $verb --firmware /bin/sh
	fails 102 'the firmware /bin/sh is not a TDVF image*; objcopy -O binary makes one of an ELF file*' \
		"$verb: firmware is a program"
	run $verb --firmware "$0"
	fails 102 "the firmware $0 is not a TDVF image: it has no valid TDVF descriptor" "$verb: firmware is a text"
done
truncate -s 17M "$tmp/large"
try --firmware "$tmp/large"
fails 102 "the firmware $tmp/large has more than 16 MiB" 'firmware too large'
try --kernel "$kernel" --vmm "$kernel"
fails 102 "the VMM image $kernel is not an ELF file" 'VMM image of another kind'
SWTDX_BUSYBOX=$tmp/none try --kernel "$kernel" --exec true
fails 102 "cannot read the busybox $tmp/none: *" 'busybox missing'
SWTDX_BUSYBOX=/bin/bash try --kernel "$kernel" --exec true
fails 102 '/bin/bash is not a static*' 'busybox dynamic'

# Kernels.
head -c 400 "$kernel" > "$tmp/short"
try --kernel "$tmp/short"
fails 103 "$tmp/short is not a bzImage: it ends after 400 bytes*" 'kernel cut in the header'
head -c 5000 "$kernel" > "$tmp/cut"
try --kernel "$tmp/cut"
fails 103 "$tmp/cut is truncated: *8192 bytes, the file has 5000*" 'kernel cut later'
head -c 100000 /dev/urandom | tr H h > "$tmp/noise"
try --kernel "$tmp/noise"
fails 103 "$tmp/noise is not a bzImage: the magic number is not there*" 'kernel is noise'
try --kernel "$O/hello-td.fd"
fails 103 "$O/hello-td.fd is a TDVF image, not a bzImage; give it to --firmware" 'kernel is a firmware'
try --kernel /bin/sh
fails 103 '/bin/sh is an ELF file, not a bzImage*' 'kernel is a program'
perl -pe 'substr($_, 0x236, 1) = "\0" if $. == 1' < "$kernel" > "$tmp/old"
try --kernel "$tmp/old"
fails 103 "$tmp/old is a bzImage without a 64-bit entry point*" 'kernel for 32 bits'

# Memory.
try --kernel "$kernel" --memory 64M
fails 104 '64 MiB of memory are too small for this kernel; use --memory 160M' 'memory too small'
try --kernel "$kernel" --memory 160M --dry-run
is "$status" 0 'the memory it asks for is enough'
truncate -s 64M "$tmp/initrd"
try --kernel "$kernel" --initrd "$tmp/initrd" --memory 160M
fails 104 '160 MiB of memory are too small for this kernel and initrd; use --memory 288M' \
	'memory too small for the initrd'
truncate -s 100M "$tmp/initrd"
try --kernel "$kernel" --initrd "$tmp/initrd" --memory 50G
fails 101 '--memory 51200M: with files of this size the machine can hold 48384M' 'too much memory beside large files'
try --kernel "$kernel" --initrd "$tmp/initrd" --memory 48384M --dry-run
is "$status" 0 'what it can hold is accepted'

# Engines.
run run --kernel "$kernel" --qemu "$tmp/none"
fails 105 "QEMU is not here: no program $tmp/none; install *" 'QEMU missing'
with=("PATH=$tmp")
run run --kernel "$kernel"
with=()
fails 105 'QEMU is not here: no program qemu-system-x86_64; install *' 'QEMU not in PATH'
run run --kernel "$kernel" --qemu /bin/true
fails 105 '/bin/true does not answer as QEMU does; *' 'another program'
FAKE=version=7.2.1 try --kernel "$kernel"
fails 105 'QEMU 7.2.1 is too old: *8 is the oldest*' 'QEMU too old'
FAKE=no-svm try --kernel "$kernel"
fails 105 '*does not know SVM; *' 'QEMU without SVM'
FAKE=no-tcg try --kernel "$kernel"
fails 105 '*has no TCG, and this QEMU is built without KVM; *' 'QEMU without an accelerator'
try --kernel "$kernel" --accel kvm
fails 105 '--accel kvm: *; use --accel tcg' 'KVM not to be had'

# A refusal is told in JSON as well.
try --kernel "$tmp/cut" --json "$tmp/json"
is "$(json "$tmp/json" '->{end}') $(json "$tmp/json" '->{status}')" 'refused 103' 'refusal in JSON'

# All at once: nothing is started.
try --kernel "$kernel" --initrd "$tmp/short" --append 'a=b c' --exec "echo it's" --dry-run
is "$status" 0 'dry run: exit status'
like "$out" '*# command line: console=ttyS0 panic=-1 reboot=a quiet rdinit=/swtdx/init a=b c*' 'dry run: command line'
like "$out" "*$fake_qemu *-kernel /proc/self/fd/*" 'dry run: arguments'

done_testing
