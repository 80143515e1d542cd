MBEDGUARD_API int mbedguard_case_self_test(int verbose);

MBEDGUARD_API int mbedguard_case_draw(mbedguard_case_context *ctx, int (*f_rng)(void *,
    unsigned char *, size_t), void *p_rng);
