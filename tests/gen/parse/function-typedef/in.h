typedef struct mbedtls_case_session mbedtls_case_session;
typedef int mbedtls_case_write_t(void *ctx, const mbedtls_case_session *session, unsigned char *);
typedef mbedtls_case_write_t mbedtls_case_again_t;
/** Writes. */
mbedtls_case_write_t mbedtls_case_write;
mbedtls_case_again_t mbedtls_case_again;
/** Takes it. */
void mbedtls_case_set(mbedtls_case_write_t *f_write, void *p);
