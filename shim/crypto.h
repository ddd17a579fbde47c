/* SPDX-License-Identifier: MIT */
#ifndef SHIM_CRYPTO_H
#define SHIM_CRYPTO_H

/* Before the first use of BearSSL. */
void crypto_init(void);

#endif
