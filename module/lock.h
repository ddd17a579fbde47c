/* SPDX-License-Identifier: MIT */
/* Try-locks of 16 bits: 0 free, 0x8000 exclusive, else the number of sharers. The module never
 * waits for one. */
#ifndef MODULE_LOCK_H
#define MODULE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

bool lock_try_shared(uint16_t *lock);
bool lock_try_exclusive(uint16_t *lock);
void lock_release_shared(uint16_t *lock);
void lock_release_exclusive(uint16_t *lock);

#endif
