# Guest images of the tests, TDVF images as shim.fd is. guest-tests-y print TAP on COM1 and power off;
# guest-bad-tests-y end badly, each in its own way.
guest-tests	:= ve accept mapgpa rtmr report info vmcall apic handler
guest-bad-tests := badaccess_pending triple fatal hang halt

guest-tests-y	  := $(guest-tests:%=$(O)/tests/guest/%.fd)
guest-bad-tests-y := $(guest-bad-tests:%=$(O)/tests/guest/%.fd)

guest-test-runtime-y := tests/guest/runtime.c tests/image/tap.c shim/crypto.c $(image-y) $(guest-y) $(lib-y) $(bare-y)

define GUEST_TEST
$(O)/tests/guest/$(1).elf: $(call objs,bare,tests/guest/$(1).c $(guest-test-runtime-y)) shim/link.lds
	$$(call say,LD,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $$(LDFLAGS_image) -Wl,-T,shim/link.lds -o $$@ $$(filter %.o,$$^) -Xlinker --no-relax $$(BEARSSL)
endef
$(foreach t,$(guest-tests) $(guest-bad-tests),$(eval $(call GUEST_TEST,$(t))))

check-build: $(guest-bad-tests-y)
