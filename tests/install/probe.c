/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Raw Mbed TLS only: tells whether it can be linked statically on this machine at all. */
#include <psa/crypto.h>

int main(void)
{
    return psa_crypto_init() != PSA_SUCCESS;
}
