# What the hosted tests share: a machine, SEAMCALL, a TD to work on. Each tests/unit/test_X.c and
# tests/leaf/test_X.c is a program of its own; calls-y: what those of tests/calls share.
tests-lib-y := $(sort $(wildcard tests/lib/*.c))
calls-y := guest/tdcall.S host/seamcall.S tests/calls/poison.S tests/calls/trap.c tests/calls/script.c
