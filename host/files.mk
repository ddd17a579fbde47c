# libtdx-host
host-y := host/seamcall.S host/extable.c host/tdh_sys.c host/tdh_mng.c host/tdh_vp.c host/tdh_mem.c host/tdh_mr.c \
	  host/tdh_phymem.c host/tdh_servtd.c host/tdh_mig.c host/build.c

$(O)/bare/host/seamcall.S.o $(O)/host/host/seamcall.S.o: $(O)/gen/lib/offsets.h
