#ifndef PSA_CRYPTO_H
#define PSA_CRYPTO_H
#include <stddef.h>
#include <stdint.h>
typedef int32_t psa_status_t;
typedef uint32_t mbedtls_svc_key_id_t;
typedef struct psa_key_attributes_s psa_key_attributes_t;
#endif
