#include <stdbool.h>
#include <mbedguard/psa/crypto.h>
bool mbedguard_case_apart(const mbedguard_psa_key_attributes_t *attributes, const uint8_t *data,
                          size_t data_length, mbedtls_svc_key_id_t *key, psa_status_t *result);
