int mbedtls_case_f(void);
static const int mbedtls_case_table[] = mbedtls_case_hidden (
    3);
