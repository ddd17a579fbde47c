# What the hosted tests share: a machine, SEAMCALL, a TD to work on. Each tests/unit/test_X.c and
# tests/leaf/test_X.c is a program of its own; calls-y: what those of tests/calls share.
tests-lib-y := $(sort $(wildcard tests/lib/*.c))
fuzz-tests := $(sort $(wildcard tests/fuzz/fuzz_*.c))
# How sequences of calls are played against the module; sequences.c does it without libFuzzer.
player-y := $(addprefix tests/fuzz/,player.c guest.c operands.c worlds.c)
calls-y := guest/tdcall.S guest/port.S host/seamcall.S tests/calls/poison.S tests/calls/trap.c tests/calls/script.c

# What tests/tool/terminal.sh types with.
check-build: $(O)/tests/tool/pty
$(O)/tests/tool/pty: $(O)/tool/tests/tool/pty.c.o
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -o $@ $^ -lutil
