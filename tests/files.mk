# What the hosted tests share: a machine, SEAMCALL, a TD to work on. Each tests/unit/test_X.c and
# tests/leaf/test_X.c is a program of its own.
tests-lib-y := $(sort $(wildcard tests/lib/*.c))
