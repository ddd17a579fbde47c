cpu-svm-y := cpu/svm/svm.c cpu/svm/vcpu.c cpu/svm/state.c cpu/svm/host.c cpu/svm/host_view.c cpu/svm/shared_cache.c \
	     cpu/svm/sept_entry.c cpu/svm/interrupt.c cpu/svm/permissions.c cpu/svm/fetch.c cpu/svm/xstate.c cpu/svm/vmrun.S
