struct mbedtls_case { int; };
