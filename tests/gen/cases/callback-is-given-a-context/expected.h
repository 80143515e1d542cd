struct mbedguard_case_context {
    mbedtls_case_context unguarded;
    struct {
        int (*f_sni)(void *, mbedguard_case_context *, const char *);
        void *p_sni;
    } case_conf_sni;
    struct {
        int (*f_get)(void *, mbedguard_case_context *);
        int (*f_set)(void *, const mbedguard_case_context *);
        void *p_cache;
    } case_conf_cache;
    MBEDGUARD_EXTENSION union {
        mbedguard_guard guard;
        unsigned char guard_rank[MBEDGUARD_RANK_SIZE(MBEDGUARD_RANK_LEAF)];
        MBEDGUARD_DECOY(a, "call an accessor or mbedguard_borrow()")
    };
};

MBEDGUARD_API int mbedguard_case_verify(mbedguard_case_context *ctx, int (*f_vrfy)(void *,
    mbedguard_case_context *, int, unsigned *), void *p_vrfy);

MBEDGUARD_API int mbedguard_case_conf_raw(mbedguard_case_context *ctx,
    int (*f_ca)(mbedtls_case_context **));
