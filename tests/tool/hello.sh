# SPDX-License-Identifier: MIT
# `swtdx run` alone: examples/hello-td, each line that it prints, and what was counted meanwhile.
# shellcheck shell=bash
# shellcheck source=tests/tool/tap.bash
. "$(dirname "$0")/tap.bash"

image=$(realpath "$O/hello-td.fd")
zeros=$(printf '%096d' 0)
mrtd=$("$SWTDX" measure | sed -n 's/^MRTD *//p')
# What RTMR3 becomes: SHA-384 of its 48 bytes of zeros and the event's 48 bytes.
extended=$(perl -MDigest::SHA=sha384_hex -e 'print sha384_hex("\0" x 48 . pack "a48", "Hello from a TD")')

# Nothing of it stays: it runs in a folder of its own, and its processes carry a mark.
mkdir "$tmp/empty"
with=("TMPDIR=$tmp/empty" "HOME=$tmp/empty" "SWTDX_MARK=mark-$$")
cd "$tmp/empty" || exit
run run --json "$tmp/json"
is "$status" 0 'exit status'
is "$(ls -A "$tmp/empty")" '' 'no file is left'
! grep -qsF "SWTDX_MARK=mark-$$" /proc/[0-9]*/environ
ok $? 'no process is left'

mapfile -t line <<< "$out"
is "${line[0]}" 'Hello from a TD. Each character here is an OUT, each OUT is a #VE.' 'port I/O'
is "${line[1]}" 'CPUID 0, from the TDX module:        GenuineIntel' 'CPUID without #VE'
is "${line[2]}" 'CPUID 0x21, from the TDX module:     IntelTDX    ' 'CPUID that says TDX'
is "${line[3]}" 'CPUID 0x40000000, #VE, from the VMM: KVMKVMKVM' 'CPUID by #VE'
is "${line[4]}" 'I/O APIC version, #VE, from the VMM: 0x00170020' 'MMIO'
is "${line[5]}" "RTMR3:          $zeros" 'RTMR3'
is "${line[6]}" "RTMR3 extended: $extended" 'RTMR3, extended'
is "${line[7]}" "MRTD:           $mrtd" 'MRTD in the report, as measured offline'
is "${line[8]}" 'TD attributes:  0x0000000010000000, XFAM: 0x0000000000000207' 'attributes'
is "${#line[@]}" 9 'no other line'

is "$(json "$tmp/json" '->{end}')" poweroff 'it powers off'
is "$(json "$tmp/json" '->{mrtd}')" "$mrtd" 'MRTD as the module says'
is "$(json "$tmp/json" '->{rtmr}[3]')" "$extended" 'RTMR3 as the module says'
"$SWTDX" measure --json "$tmp/measured" > /dev/null
is "$(json "$tmp/measured" '->{rtmr}[0]')" "$(json "$tmp/json" '->{rtmr}[0]')" 'RTMR0 as measured offline'
is "$(json "$tmp/json" '->{ve}{cpuid}')" 1 'one #VE by CPUID'
is "$(json "$tmp/json" '->{ve}{ept_violation}')" 2 'two by MMIO'
# For each character the UART is asked once at least, and written once; the last one is the power's.
ios=$(json "$tmp/json" '->{ve}{io}')
((ios >= 2 * $(wc -c < "$tmp/out") + 1))
ok $? "by port I/O: $ios"
is "$(json "$tmp/json" '->{tdvmcalls}{io}')" "$ios" 'each is a TDVMCALL'
is "$(json "$tmp/json" '->{pages}{donated}')" "$(json "$tmp/json" '->{pages}{returned}')" 'every donated page is back'

like "$err" '*swtdx: the TD powered itself off*#VE *cpuid 1, *ept_violation 2*' 'the summary'
run run --quiet
is "$status:$err" 0: '--quiet'
run run --verbose
like "$status:$err" '0:*vmm: *the TD powered itself off*' '--verbose'
run run --memory 2M --quiet
is "$status" 0 'as little memory as there can be'
run run --dry-run
like "$status:$out" '0:*# memory: 16 MiB for the TD*qemu-system-x86_64*' '--dry-run'
"$SWTDX" run > /dev/full 2> "$tmp/err"
status=$?
fails 121 'cannot write the console to standard output: No space left on device*' 'a disk that is full'
run run --firmware "$image" --quiet
is "$status:$(sed -n 's/^MRTD: *//p' <<< "$out")" "0:$mrtd" 'the same as an image of its own'

done_testing
