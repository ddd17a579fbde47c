# The command, swtdx. It carries the images of the machine in itself, and an example.
tools-y := tools/main.c tools/help.c tools/run.c tools/doctor.c tools/measure.c tools/options.c tools/payload.c \
	   tools/bzimage.c tools/initramfs.c tools/engine.c tools/qemu.c tools/session.c tools/console.c \
	   tools/protocol.c tools/result.c tools/report.c tools/digest.c tools/blob.c tools/say.c \
	   tools/conformance.c tools/conformance_print.c tools/leaves.c tools/trial.c \
	   tools/calls.c

# What it takes from elsewhere, and the images.
tools-company-y := lib/status_name.c lib/hob.c lib/tdvf.c tools/images.S

$(O)/swtdx: $(call objs,tool,$(tools-y) $(tools-company-y))
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_tool) -o $@ $^ -larchive -ljansson -lcrypto

$(O)/tool/tools/images.S.o: private CFLAGS_tool += -Wa,-I$(O)
$(O)/tool/tools/images.S.o: $(O)/monitor.bin $(O)/vmm.elf $(O)/shim.fd $(O)/hello-td.fd

# What makes the tables of docs/.
tables-y := $(sort $(wildcard tools/tables/*.c)) tools/leaves.c

$(O)/tables: $(call objs,tool,$(tables-y))
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_tool) -o $@ $^
