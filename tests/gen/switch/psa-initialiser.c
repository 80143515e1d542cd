/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
// passes
#include <psa/crypto.h>

static psa_hash_operation_t at_rest = PSA_HASH_OPERATION_INIT;

psa_status_t f(void)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_hash_operation_t operation = psa_hash_operation_init();
    psa_set_key_bits(&attributes, 128);
    psa_hash_abort(&at_rest);
    return psa_hash_abort(&operation);
}
