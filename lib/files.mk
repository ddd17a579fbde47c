# lib-y: no world of its own. bare-y: what freestanding images need in place of a C library.
lib-y  := lib/status_name.c lib/insn.c lib/hob.c lib/tdvf.c include/tdx/layout_check.c
bare-y := lib/string.c lib/format.c

# Of the libraries' headers.
lib-headers-y := lib/addr_types.h lib/insn.h lib/status_name.h lib/tdvf.h
