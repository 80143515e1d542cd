#define mbedguard_case_pure mbedtls_case_pure
#define mbedguard_value_init mbedtls_value_init
#define mbedguard_value_free mbedtls_value_free
#define mbedguard_timer_free mbedtls_timer_free
#define mbedguard_timer mbedtls_timer
#define mbedguard_value mbedtls_value
#define mbedguard_case_table mbedtls_case_table

MBEDGUARD_API int mbedguard_timer_start(mbedtls_timer *timer, mbedguard_case_context *ctx);
