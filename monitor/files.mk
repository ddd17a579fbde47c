monitor-y := monitor/start.S monitor/main.c monitor/multiboot.c monitor/memory.c monitor/trap.S monitor/traps.c \
	     monitor/platform.c monitor/crypto.c monitor/vmm_image.c monitor/world.c monitor/report.c \
	     monitor/console.c
