typedef struct mbedtls_mpi {
    int s;
} mbedtls_mpi;
void mbedtls_mpi_init(mbedtls_mpi *X);
void mbedtls_mpi_free(mbedtls_mpi *X);
/** \return 0 on success, or an error code. */
int mbedtls_mpi_add_mpi(mbedtls_mpi *X, const mbedtls_mpi *A, const mbedtls_mpi *B);
/**
 * \param Q  The quotient. This may be NULL if it is not wanted.
 * \param R  The rest.
 * \return   0 on success, or an error code.
 */
int mbedtls_mpi_div_mpi(mbedtls_mpi *Q, mbedtls_mpi *R, const mbedtls_mpi *A);
/** \return 0 on success, or an error code. */
int mbedtls_mpi_exp_mod(mbedtls_mpi *X, mbedtls_mpi *prec_RR);
/** \return The sign. */
int mbedtls_mpi_cmp_mpi(const mbedtls_mpi *X, const mbedtls_mpi *Y);
