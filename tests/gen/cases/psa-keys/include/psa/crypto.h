#ifndef PSA_CRYPTO_H
#define PSA_CRYPTO_H
#include <stddef.h>
#include <stdint.h>
typedef int32_t psa_status_t;
typedef uint32_t psa_key_id_t;
typedef psa_key_id_t mbedtls_svc_key_id_t;
#define PSA_SUCCESS ((psa_status_t) 0)
#define PSA_ERROR_BAD_STATE ((psa_status_t) -137)
#define MBEDTLS_SVC_KEY_ID_INIT ((psa_key_id_t) 0)
typedef struct psa_key_attributes_s psa_key_attributes_t;
struct psa_key_attributes_s {
    unsigned type;
};
void psa_reset_key_attributes(psa_key_attributes_t *attributes);
typedef struct psa_mac_operation_s psa_mac_operation_t;
struct psa_mac_operation_s {
    unsigned id;
};
psa_status_t psa_mac_setup(psa_mac_operation_t *operation, mbedtls_svc_key_id_t key);
psa_status_t psa_mac_update(psa_mac_operation_t *operation, const uint8_t *input, size_t length);
psa_status_t psa_mac_abort(psa_mac_operation_t *operation);
psa_status_t psa_hash_compute(const uint8_t *input, size_t input_length);
psa_status_t psa_draw(uint8_t *output, size_t output_size);
psa_status_t psa_import_key(const psa_key_attributes_t *attributes, const uint8_t *data,
                            size_t data_length, mbedtls_svc_key_id_t *key);
psa_status_t psa_destroy_key(mbedtls_svc_key_id_t key);
#endif
