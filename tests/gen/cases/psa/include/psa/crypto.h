#ifndef PSA_CRYPTO_H
#define PSA_CRYPTO_H
#include <stddef.h>
#include <stdint.h>
typedef int32_t psa_status_t;
typedef uint32_t psa_key_id_t;
typedef psa_key_id_t mbedtls_svc_key_id_t;
#define PSA_SUCCESS ((psa_status_t) 0)
#define MBEDTLS_SVC_KEY_ID_INIT ((psa_key_id_t) 0)
typedef struct psa_hash_operation_s psa_hash_operation_t;
struct psa_hash_operation_s {
    unsigned id;
};
#define PSA_HASH_OPERATION_INIT { 0 }
static inline psa_hash_operation_t psa_hash_operation_init(void);
static inline psa_hash_operation_t psa_hash_operation_init(void)
{
    const psa_hash_operation_t v = PSA_HASH_OPERATION_INIT;
    return v;
}
psa_status_t psa_hash_setup(psa_hash_operation_t *operation, uint32_t alg);
psa_status_t psa_hash_finish(psa_hash_operation_t *operation, uint8_t *hash, size_t hash_size,
                             size_t *hash_length);
psa_status_t psa_hash_abort(psa_hash_operation_t *operation);
psa_status_t psa_import_key(const uint8_t *data, size_t data_length, mbedtls_svc_key_id_t *key);
static inline int psa_is_even(int a)
{
    return a % 2 == 0;
}
#endif
