void mbedtls_case_f(struct mbedtls_lost *x);
