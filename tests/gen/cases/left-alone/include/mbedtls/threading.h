typedef struct mbedtls_case_mutex_t {
    int m;
} mbedtls_case_mutex_t;
int mbedtls_case_mutex_lock(mbedtls_case_mutex_t *mutex);
