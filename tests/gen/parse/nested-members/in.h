#include <stdint.h>
#define MBEDTLS_PRIVATE(member) private_##member
typedef struct mbedtls_case_leaf { int n; } mbedtls_case_leaf;
struct psa_case_s {
    unsigned int MBEDTLS_PRIVATE(a) : 3;
    unsigned int : 0;
    unsigned int b : 1 + 4;
    union {
        unsigned dummy;
        mbedtls_case_leaf MBEDTLS_PRIVATE(leaf);
    } MBEDTLS_PRIVATE(ctx);
    union {
        int i;
        struct { char c; } deep[2];
    };
    struct psa_case_s *next;
    enum { PSA_CASE_ONE, PSA_CASE_TWO = (1 << 3), } state;
    int (*f)(struct psa_case_s *, int);
};
typedef struct psa_case_s psa_case_t;
static inline struct psa_case_s psa_case_init(void) { struct psa_case_s v = { 0 }; return v; }
