int mbedtls_md_f(void);
