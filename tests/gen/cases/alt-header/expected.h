struct mbedguard_aes_context {
    mbedtls_aes_context unguarded;
    MBEDGUARD_EXTENSION union {
        mbedguard_guard guard;
        unsigned char guard_rank[MBEDGUARD_RANK_SIZE(MBEDGUARD_RANK_LEAF)];
        MBEDGUARD_DECOY(engine, "call an accessor or mbedguard_borrow()")
    };
};
