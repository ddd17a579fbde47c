# Every source under module/ belongs to the module; one file per leaf under leaf/.
module-y := $(sort $(wildcard module/*.c module/leaf/*.c))
