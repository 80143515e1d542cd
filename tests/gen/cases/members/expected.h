struct mbedguard_case_context {
    mbedtls_case_context unguarded;
    MBEDGUARD_EXTENSION union {
        mbedguard_guard guard;
        unsigned char guard_rank[MBEDGUARD_RANK_SIZE(MBEDGUARD_RANK_LEAF)];
        MBEDGUARD_DECOY(private_state, "call mbedguard_case_get_state() / mbedguard_case_is_over()")
        MBEDGUARD_DECOY(raw, "call an accessor or mbedguard_borrow()")
    };
};
