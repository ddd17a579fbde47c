# libtdx-host
host-y := host/seamcall.S host/extable.c host/tdh_sys.c host/tdh_mng.c host/tdh_vp.c host/tdh_mem.c host/tdh_mr.c \
	  host/tdh_phymem.c host/tdh_servtd.c host/tdh_mig.c host/build.c

# What an embedder includes.
host-headers-y := $(addprefix host/,build.h extable.h seamcall.h tdh.h tdh_mem.h tdh_mig.h tdh_mng.h tdh_mr.h \
		    tdh_phymem.h tdh_servtd.h tdh_sys.h tdh_vp.h)

$(O)/bare/host/seamcall.S.o $(O)/host/host/seamcall.S.o: $(O)/gen/lib/offsets.h
