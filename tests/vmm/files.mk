# VMM images of the tests: bare images in the place of vmm.elf, which print TAP on COM1 and end the machine.
vmm-images := bringup gib isolation teardown conversion pages rate registers debug privilege

# isolation.sh runs isolation.elf, gib.sh gib.elf.
vmm-scripts := isolation gib
vmm-tests-y := $(patsubst %,$(O)/tests/vmm/%.elf,$(filter-out $(vmm-scripts),$(vmm-images))) \
	       $(vmm-scripts:%=tests/vmm/%.sh)

# Of the reference VMM: the way into C, memory, the module's bring-up. Not its TD.
vmm-tests-runtime-y := tests/vmm/runtime.c tests/image/tap.c tests/vmm/td.c tests/vmm/guest.S vmm/start.S vmm/traps.S vmm/console.c \
		       vmm/clock.c vmm/lapic.c vmm/ranges.c vmm/pages.c vmm/platform.c vmm/tdmr.c vmm/td_params.c vmm/shared_ept.c \
		       $(host-y) $(lib-y) $(bare-y)

define VMM_TEST
$(O)/tests/vmm/$(1).elf: $(call objs,bare,tests/vmm/$(1).c $(vmm-tests-runtime-y)) vmm/link.lds
	$$(call say,LD,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $$(LDFLAGS_image) -Wl,-T,vmm/link.lds -o $$@ $$(filter %.o,$$^)
endef
$(foreach t,$(vmm-images),$(eval $(call VMM_TEST,$(t))))

check-build: $(vmm-scripts:%=$(O)/tests/vmm/%.elf)
