# The firmware image shim.fd, linked at the end of 4 GiB. image-y: what any such image starts with.
image-y := shim/start.S shim/trap.S shim/trap.c shim/metadata.S
shim-y  := $(image-y) shim/main.c shim/memory.c shim/payload.c shim/measure.c shim/linux.c shim/acpi.c shim/dsdt.S \
	   shim/fail.c shim/crypto.c

$(O)/bare/shim/dsdt.S.o: $(O)/gen/shim/dsdt.aml
$(O)/gen/shim/dsdt.aml: shim/dsdt.asl
	$(call say,IASL,$@)
	$(Q)mkdir -p $(@D)
	$(Q)iasl -p $(@:.aml=) $< > $@.log || { cat $@.log >&2; false; }
