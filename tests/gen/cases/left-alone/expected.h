#define mbedguard_case_pure mbedtls_case_pure
#define mbedguard_value_init mbedtls_value_init
#define mbedguard_value_free mbedtls_value_free
#define mbedguard_timer_free mbedtls_timer_free
#define mbedguard_timer mbedtls_timer
#define mbedguard_value mbedtls_value
#define mbedguard_case_table mbedtls_case_table

#define MBEDGUARD_HAVE_CASE_FREE 1
#define MBEDGUARD_HAVE_CASE_INIT 1
#define MBEDGUARD_HAVE_CASE_PURE 1
#define MBEDGUARD_HAVE_TIMER_FREE 1
#define MBEDGUARD_HAVE_TIMER_START 1
#define MBEDGUARD_HAVE_VALUE_FREE 1
#define MBEDGUARD_HAVE_VALUE_INIT 1

MBEDGUARD_API int mbedguard_timer_start(mbedtls_timer *timer, mbedguard_case_context *ctx);
