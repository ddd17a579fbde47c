# libtdx-guest
guest-y := guest/tdcall.S guest/vmcall.c guest/leaf.c guest/accept.c guest/convert.c guest/report.c guest/quote.c \
	   guest/warn.c guest/ve.c

$(O)/bare/guest/tdcall.S.o $(O)/host/guest/tdcall.S.o: $(O)/gen/lib/offsets.h
