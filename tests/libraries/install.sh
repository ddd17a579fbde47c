#!/bin/bash
# SPDX-License-Identifier: MIT
# What an adopter gets: installs into a directory of its own, builds against it as a kernel would, with nothing but
# pkg-config, and takes it away again.
# Environment: O, the build directory.
set -uo pipefail
unset MAKEFLAGS MAKELEVEL

out=${O:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
root=$dir/root
prefix=/opt/tdx
number=0

export PKG_CONFIG_LIBDIR=$root$prefix/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root

result()
{
	local good=$1 what=$2

	number=$((number + 1))
	((good)) && echo "ok $number - $what" || echo "not ok $number - $what"
}

# Runs a command; what it prints is shown when it fails.
try()
{
	local what=$1 log
	shift

	log=$("$@" 2>&1)
	local status=$?
	((status == 0)) || sed 's/^/# /' <<< "$log" | tail -n 30
	result $((status == 0)) "$what"
}

run_make() { "${MAKE:-make}" --no-print-directory -s O="$out" DESTDIR="$root" PREFIX="$prefix" "$@"; }

# An embedder's own folders, whose names are those of ours, and its own names for what every kernel has.
embedder()
{
	mkdir -p "$dir"/kernel/{lib,guest,host,tdx}
	for header in lib/addr_types.h lib/insn.h guest/vmcall.h guest/tdcall.h host/tdh_mem.h tdx/args.h tdx/status.h; do
		echo '#error "this is the embedder'\''s"' > "$dir/kernel/$header"
	done
	cat > "$dir/kernel/names.h" << 'END'
#define PAGE_SIZE 4096
#define PAGE_SHIFT 12
#define PAGE_MASK 4095UL
#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))
#define BIT(n) (1UL << (n))
typedef unsigned long gpa_t;
int align_up(int);
int is_aligned(int);
END
	cat > "$dir/guest.c" << 'END'
#include <guest/ve.h>
#include <guest/accept.h>
#include <guest/convert.h>
#include <guest/hooks.h>
#include <guest/leaf.h>
#include <guest/port.h>
#include <guest/quote.h>
#include <guest/report.h>
#include <lib/status_name.h>
#include "names.h"
#ifdef __cplusplus
extern "C" {
#endif
void _start(void);
void tdx_panic(const char *what, uint64_t status)
{
	(void)what, (void)tdx_status_text(status);
	for (;;)
		tdx_outb(0x80, 0);
}
void tdx_warn(const char *what, uint64_t value, uint64_t suppressed)
{
	(void)what, (void)value, (void)suppressed;
}
void _start(void)
{
	uint64_t gpr[TDX_GPR_COUNT] = { 0 };
	struct tdx_regs regs = { gpr, 0, 0, false, &tdx_ve_default_policy };
	struct tdx_vp_info info;
	struct tdx_ve_info ve;

	tdg_vp_info(&info);
	if (tdg_vp_veinfo_get(&ve) == TDX_SUCCESS)
		tdx_handle_ve(&regs, &ve);
	tdx_accept_range(gpa(0), PAGE_SIZE);
	tdx_make_shared(gpa(0), PAGE_SIZE, tdx_shared_bit(&info));
	tdx_report(gpa(0), gpa(1024));
	for (;;)
		;
}
#ifdef __cplusplus
}
#endif
END
	cat > "$dir/host.c" << 'END'
#include <host/tdh.h>
#include <host/build.h>
#include <host/seamcall.h>
#include <lib/tdvf.h>
#include "names.h"
#ifdef __cplusplus
extern "C" {
#endif
void _start(void);
void *phys_ptr(struct hpa pa);
void *phys_ptr(struct hpa pa)
{
	return (void *)pa.pa;
}
void _start(void)
{
	struct tdx_module_args args = { 0 };
	struct td_builder builder = { hpa(0), hpa(0), 0, 0, 0 };

	tdh_sys_init();
	tdh_vp_enter(hpa(0), &args);
	td_build_page(&builder, gpa(0), 0, 0, false);
	for (;;)
		;
}
#ifdef __cplusplus
}
#endif
END
}

# C++ has no flexible array members, all compilers do.
pedantic() { [[ $1 != c ]] || echo -pedantic-errors; }

# Compiles and links one of the two, freestanding, with the embedder's folders before ours.
link_program() # LIBRARY COMPILER LANGUAGE STANDARD
{
	local library=$1 cc=$2 language=$3 standard=$4 cflags libs
	local source=$dir/${library#tdx-}.c flags=(-ffreestanding -mno-red-zone -mgeneral-regs-only -fno-stack-protector -Wall
		-Wextra -Werror -Wno-missing-field-initializers)

	# shellcheck disable=SC2046
	read -ra cflags < <(pkg-config --cflags "$library") && read -ra libs < <(pkg-config --libs "$library") &&
		"$cc" -x "$language" -std="$standard" $(pedantic "$language") "${flags[@]}" -iquote "$dir/kernel" "${cflags[@]}" -c \
			-o "$dir/program.o" "$source" &&
		"$cc" -nostdlib -static -Wl,--fatal-warnings -Wl,-z,noexecstack -Wl,--defsym=tdx_extable_start=0 \
			-Wl,--defsym=tdx_extable_end=0 -o "$dir/program" "$dir/program.o" "${libs[@]}" &&
		! nm -u "$dir/program" | grep .
}

# Both libraries in one kernel, which has some of a C library itself.
link_both()
{
	local cflags libs file

	cat > "$dir/memory.c" << 'END'
#include <stddef.h>
void *memcpy(void *to, const void *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((volatile char *)to)[i] = ((const char *)from)[i];
	return to;
}
END
	read -ra cflags < <(pkg-config --cflags tdx-guest tdx-host)
	read -ra libs < <(pkg-config --libs tdx-guest tdx-host)
	for file in guest host memory; do
		gcc -D_start="_start$file" -ffreestanding -mno-red-zone -mgeneral-regs-only -iquote "$dir/kernel" "${cflags[@]}" -c \
			-o "$dir/$file.o" "$dir/$file.c" || return 1
	done
	gcc -nostdlib -static -Wl,-e,_startguest -Wl,--defsym=tdx_extable_start=0 -Wl,--defsym=tdx_extable_end=0 \
		-o "$dir/program" "$dir"/{guest,host,memory}.o "${libs[@]}" && ! nm -u "$dir/program" | grep .
}

headers_alone() # COMPILER LANGUAGE STANDARD
{
	local cflags header include=$root$prefix/include/swtdx

	read -ra cflags < <(pkg-config --cflags tdx-guest)
	while read -r header; do
		# shellcheck disable=SC2046
		echo "#include <$header>" | "$1" -x "$2" -std="$3" $(pedantic "$2") -Wall -Wextra -Wundef -Werror \
			-iquote "$dir/kernel" "${cflags[@]}" -fsyntax-only - || return 1
	done < <(cd "$include" && find . -name '*.h' -printf '%P\n')
}

# Whoever has the parent of our folder in the include path can say whose header it is.
by_full_name()
{
	printf '#include <swtdx/guest/ve.h>\n#include <swtdx/host/tdh.h>\n' |
		gcc -x c -std=c11 -Werror -I "$root$prefix/include" -fsyntax-only -
}

undefined() # LIBRARY
{
	nm "$root$prefix/lib/lib$1.a" | awk '$1 == "U" || $1 == "w" { u[$2] } NF == 3 { d[$3] } END {
		for (s in u) if (!(s in d) && s != "_GLOBAL_OFFSET_TABLE_") print s }' | sort | paste -sd ' '
}

# There is a page under each function's own name, which has it.
pages()
{
	local name

	while read -r name; do
		mman -M "$root$prefix/share/man" 3 "$name" 2> "$dir/errors" | sed 's/.\x08//g' > "$dir/page"
		grep -q "$name" "$dir/page" || { echo "no page $name" && return 1; }
	done < <(sed -n '/^\.Sh NAME/,/^\.Sh SYNOPSIS/s/^\.Nm \([^ ]*\).*/\1/p' docs/man/*.3)
}

# The example, copied: it builds with what pkg-config says, and says hello.
example() # COMPILER OPTIMISATION
{
	rm -rf "$dir/example"
	cp -r "$root$prefix/share/doc/swtdx/examples/hello-td" "$dir/example" &&
		PATH=$root$prefix/bin:$PATH "${MAKE:-make}" -s -C "$dir/example" CC="$1" CFLAGS="-Wall -Wextra -Werror -Wno-unused-parameter $2" run > "$dir/hello" &&
		grep -q '^Hello from a TD' "$dir/hello"
}

# The first commands of the guide, word by word, with a home directory of their own.
guide()
{
	local commands
	commands=$(awk '/^```/ { if (inside) exit; inside = 1; next } inside' docs/make-your-kernel-a-tdx-guest.md)
	[[ $commands == 'make install '* ]] || return 1
	mkdir "$dir/home"
	env -u PKG_CONFIG_LIBDIR -u PKG_CONFIG_SYSROOT_DIR HOME="$dir/home" MAKEFLAGS="s -- O=$out" \
		bash -euc "$commands" > "$dir/hello" && grep -q '^Hello from a TD' "$dir/hello"
}

# What the documents link is installed, too; prints what is not.
links()
{
	local file link

	cd "$root$prefix/share/doc/swtdx" || { echo 'no documents' && return; }
	for file in *.md; do
		grep -o ']([^)#]*' "$file" | sed 's/^](//; /^http/d; /^$/d' | while read -r link; do
			[[ -e $link ]] || echo "$file: $link"
		done
	done
}

empty() { ! find "$1" ! -type d -print -o -path '*swtdx*' -print | grep .; }

[[ -x $out/swtdx ]] || run_make all
embedder
try "installed under $prefix" run_make install
for file in bin/swtdx lib/libtdx-guest.a lib/libtdx-host.a include/swtdx/guest/ve.h include/swtdx/tdx/ve.h \
	lib/pkgconfig/tdx-guest.pc share/man/man1/swtdx.1 share/man/man3/tdx_handle_ve.3 share/doc/swtdx/README.md; do
	try "there is $file" test -s "$root$prefix/$file"
done
try 'the command runs' "$root$prefix/bin/swtdx" --version
result $(($(pkg-config --modversion tdx-guest tdx-host | sort -u | wc -l) == 1)) 'both libraries have one version'
for cc in gcc clang; do
	for library in tdx-guest tdx-host; do
		try "$library with $cc: a freestanding C11 program" link_program "$library" "$cc" c c11
		try "$library with $cc: a freestanding C++17 program" link_program "$library" "$cc" c++ c++17
	done
	try "each header alone with $cc, C11" headers_alone "$cc" c c11
	try "each header alone with $cc, C++17" headers_alone "$cc" c++ c++17
done
try 'both libraries, and a memcpy() of the embedder' link_both
try 'headers by their full name' by_full_name
for cc in gcc clang; do
	for optimisation in -O0 -O2 -Os; do
		try "the example with $cc $optimisation" example "$cc" "$optimisation"
	done
done
try 'what the guide begins with' guide
result "$([[ $(undefined tdx-guest) == 'tdx_panic tdx_warn' ]] && echo 1 || echo 0)" \
	"undefined in libtdx-guest: $(undefined tdx-guest)"
result "$([[ $(undefined tdx-host) == 'phys_ptr tdx_extable_end tdx_extable_start' ]] && echo 1 || echo 0)" \
	"undefined in libtdx-host: $(undefined tdx-host)"
try 'each function has a page of its name' pages
missing=$(links)
result "$([[ $missing ]] && echo 0 || echo 1)" "what documents link is there${missing:+, but: ${missing//$'\n'/, }}"
try 'uninstalled' run_make uninstall
try 'nothing is left' empty "$root"

root=$dir/other
try 'installed with the directories of GNU' run_make install libdir=/l includedir=/i mandir=/m docdir=/d bindir=/b \
	pkgconfigdir=/p
try 'into those' test -s "$root/l/libtdx-guest.a" -a -s "$root/i/swtdx/host/tdh.h" -a -s "$root/m/man3/tdh_vp_enter.3" \
	-a -s "$root/d/README.md" -a -s "$root/b/swtdx" -a -s "$root/p/tdx-host.pc"
try 'which the pkg-config file names' grep -qx 'includedir=/i' "$root/p/tdx-host.pc"
try 'uninstalled from there' run_make uninstall libdir=/l includedir=/i mandir=/m docdir=/d bindir=/b pkgconfigdir=/p
try 'nothing is left there' empty "$root"
echo "1..$number"
