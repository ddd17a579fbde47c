# hello-td is built with what libtdx-guest gives to anyone, and nothing else.
hello-y := examples/hello-td/start.S examples/hello-td/td.c examples/hello-td/hello.c

$(O)/hello-td.elf: $(O)/libtdx-guest.a
