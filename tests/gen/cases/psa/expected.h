#if !defined(PSA_ERROR_SERVICE_FAILURE)
#define PSA_ERROR_SERVICE_FAILURE ((psa_status_t) -144)
#endif

#define MBEDGUARD_PSA_HASH_OPERATION_INIT { { 0 }, { { 0 } } }

static MBEDGUARD_INLINE mbedguard_psa_hash_operation_t mbedguard_psa_hash_operation_init(void)
{
    mbedguard_psa_hash_operation_t object;
    memset(&object, 0, sizeof object);
    object.unguarded = psa_hash_operation_init();
    return object;
}

#define mbedguard_platform_zeroize mbedtls_platform_zeroize

struct mbedguard_psa_hash_operation_s {
    psa_hash_operation_t unguarded;
    MBEDGUARD_EXTENSION union {
        mbedguard_guard guard;
        unsigned char guard_rank[MBEDGUARD_RANK_SIZE(MBEDGUARD_RANK_PSA_OPERATION)];
        MBEDGUARD_DECOY(id, "call an accessor or mbedguard_borrow()")
    };
};
