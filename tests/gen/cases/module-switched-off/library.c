int mbedtls_something_else;
