# libtdx-guest
guest-y := guest/tdcall.S guest/vmcall.c guest/leaf.c guest/accept.c guest/convert.c guest/report.c guest/quote.c \
	   guest/warn.c guest/ve.c guest/ve_cpuid.c guest/ve_msr.c guest/ve_hlt.c guest/ve_plain.c guest/ve_port.c \
	   guest/ve_port_string.c guest/ve_mmio.c guest/ve_mmio_string.c guest/ve_string.c guest/ve_code.c \
	   guest/arithmetic.c guest/interrupts.c guest/port.S

# What an embedder includes.
guest-headers-y := $(addprefix guest/,accept.h convert.h hooks.h leaf.h port.h quote.h report.h tdcall.h ve.h vmcall.h)

$(foreach f,tdcall port,$(O)/bare/guest/$(f).S.o $(O)/host/guest/$(f).S.o): $(O)/gen/lib/offsets.h
