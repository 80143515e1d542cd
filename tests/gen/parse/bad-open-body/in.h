static inline int mbedtls_case_f(int a)
{
    if (a) {
    return a;
}
int mbedtls_case_g(void);
