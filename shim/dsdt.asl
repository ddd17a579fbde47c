/* SPDX-License-Identifier: MIT */
/* Power-off, and two serial ports, whose interrupts are edges: a TD's end-of-interrupt is not seen
 * outside, so there can be no levels. */
DefinitionBlock ("", "DSDT", 2, "SWTDX ", "SWTDX   ", 1)
{
    /* SLP_TYP that PORT_TD_POWER takes (TD_POWER_S5_TYPE) */
    Name (\_S5, Package () { 5, 0, 0, 0 })

    Scope (\_SB)
    {
        Device (COM1)
        {
            Name (_HID, EisaId ("PNP0501"))
            Name (_UID, 1)
            Name (_STA, 0x0f)
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x03f8, 0x03f8, 0, 8)
                Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive) { 4 }
            })
        }

        Device (COM2)
        {
            Name (_HID, EisaId ("PNP0501"))
            Name (_UID, 2)
            Name (_STA, 0x0f)
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x02f8, 0x02f8, 0, 8)
                Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive) { 3 }
            })
        }
    }
}
