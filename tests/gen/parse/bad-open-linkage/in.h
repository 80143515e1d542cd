extern "C" {
int mbedtls_case_g(void);
