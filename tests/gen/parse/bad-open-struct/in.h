int mbedtls_case_ok(void);
typedef struct mbedtls_case {
    int a;
int mbedtls_case_f(void);
