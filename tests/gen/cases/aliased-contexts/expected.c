int mbedguard_mpi_add_mpi(mbedguard_mpi *X, const mbedguard_mpi *A, const mbedguard_mpi *B)
{
    if (MBEDGUARD_MISSING(X) || MBEDGUARD_MISSING(A) || MBEDGUARD_MISSING(B)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(X), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_VALUE },
        { MBEDGUARD_GUARD_OF(A), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_VALUE },
        { MBEDGUARD_GUARD_OF(B), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_VALUE },
    };
    int error_ = mbedguard_enter_set(set_, 3, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_mpi_add_mpi)((mbedtls_mpi *) X, (const mbedtls_mpi *) A,
        (const mbedtls_mpi *) B);
    error_ = mbedguard_leave_set(set_, 3);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_mpi_div_mpi(mbedguard_mpi *Q, mbedguard_mpi *R, const mbedguard_mpi *A)
{
    if (MBEDGUARD_MISSING(R) || MBEDGUARD_MISSING(A)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(Q), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_VALUE },
        { MBEDGUARD_GUARD_OF(R), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_VALUE },
        { MBEDGUARD_GUARD_OF(A), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_VALUE },
    };
    int error_ = mbedguard_enter_set(set_, 3, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_mpi_div_mpi)((mbedtls_mpi *) Q, (mbedtls_mpi *) R,
        (const mbedtls_mpi *) A);
    error_ = mbedguard_leave_set(set_, 3);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_mpi_exp_mod(mbedguard_mpi *X, mbedguard_mpi *prec_RR)
{
    if (MBEDGUARD_MISSING(X)) {
        return MBEDGUARD_ERR_BAD_INPUT;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(X), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_VALUE },
        { MBEDGUARD_GUARD_OF(prec_RR), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_VALUE },
    };
    int error_ = mbedguard_enter_set(set_, 2, __func__);
    if (error_ != 0) {
        return error_;
    }
    int result_ = (mbedtls_mpi_exp_mod)((mbedtls_mpi *) X, (mbedtls_mpi *) prec_RR);
    error_ = mbedguard_leave_set(set_, 2);
    if (error_ != 0 && result_ >= 0) {
        result_ = error_;
    }
    return result_;
}

int mbedguard_mpi_cmp_mpi(const mbedguard_mpi *X, const mbedguard_mpi *Y)
{
    if (MBEDGUARD_MISSING(X) || MBEDGUARD_MISSING(Y)) {
        return -2;
    }
    mbedguard_want set_[] = {
        { MBEDGUARD_GUARD_OF(X), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_VALUE },
        { MBEDGUARD_GUARD_OF(Y), MBEDGUARD_EXCLUSIVE | MBEDGUARD_RANK_VALUE },
    };
    int error_ = mbedguard_enter_set(set_, 2, __func__);
    if (error_ != 0) {
        return -2;
    }
    int result_ = (mbedtls_mpi_cmp_mpi)((const mbedtls_mpi *) X, (const mbedtls_mpi *) Y);
    error_ = mbedguard_leave_set(set_, 2);
    if (error_ != 0) {
        result_ = -2;
    }
    return result_;
}
