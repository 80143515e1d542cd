int mbedtls_case_f(a, b)
    int a; int b;
{ return a + b; }
