# The hosted back end: a CPU that a test plays.
cpu-fake-y := cpu/fake/fake.c cpu/fake/host_view.c cpu/fake/cpuid.c
