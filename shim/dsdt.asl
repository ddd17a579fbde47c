/* SPDX-License-Identifier: MIT */
/* Power-off, the clock, and two serial ports. Interrupts are edges: a TD's end-of-interrupt is not
 * seen outside, so there can be no levels. The clock has no interrupt: nobody needs its alarm. */
DefinitionBlock ("", "DSDT", 2, "SWTDX ", "SWTDX   ", 1)
{
    /* SLP_TYP that PORT_TD_POWER takes (TD_POWER_S5_TYPE) */
    Name (\_S5, Package () { 5, 0, 0, 0 })

    Scope (\_SB)
    {
        Device (RTC)
        {
            Name (_HID, EisaId ("PNP0B00"))
            Name (_STA, 0x0f)
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x0070, 0x0070, 0, 8)
            })
        }

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
