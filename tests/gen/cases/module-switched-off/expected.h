struct mbedguard_case_context {
    mbedtls_case_context unguarded;
    MBEDGUARD_EXTENSION union {
        mbedguard_guard guard;
        unsigned char guard_rank[MBEDGUARD_RANK_SIZE(MBEDGUARD_RANK_LEAF)];
        MBEDGUARD_DECOY(a, "call an accessor or mbedguard_borrow()")
    };
};
