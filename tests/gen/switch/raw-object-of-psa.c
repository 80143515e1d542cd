/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// fails switched: incompatible
#include <psa/crypto.h>

psa_status_t f(mbedguard_raw_psa_hash_operation_t *raw)
{
    return psa_hash_abort(raw);
}
