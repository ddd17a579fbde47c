# The reference VMM
vmm-y := vmm/start.S vmm/traps.S vmm/main.c vmm/console.c vmm/fwcfg.c vmm/ranges.c vmm/pages.c vmm/page_list.c \
	 vmm/clock.c vmm/lapic.c vmm/ioapic.c vmm/interrupts.c vmm/platform.c vmm/tdmr.c vmm/td_params.c vmm/td.c \
	 vmm/memory.c vmm/shared_ept.c vmm/run.c vmm/vmcall.c vmm/hlt.c vmm/io.c vmm/msr.c vmm/mmio.c vmm/map_gpa.c \
	 vmm/fatal.c vmm/guest_apic.c vmm/teardown.c
