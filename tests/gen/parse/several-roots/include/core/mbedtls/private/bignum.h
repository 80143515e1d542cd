int mbedtls_mpi_hidden(void);
