#include <stddef.h>
typedef struct mbedtls_case_context {
    int a;
} mbedtls_case_context;
void mbedtls_case_init(mbedtls_case_context *ctx);
void mbedtls_case_free(mbedtls_case_context *ctx);

int mbedtls_case_pure(int a);
extern const int mbedtls_case_table;
extern int mbedtls_case_hook;
typedef struct mbedtls_value {
    int v;
} mbedtls_value;
void mbedtls_value_init(mbedtls_value *value);
void mbedtls_value_free(mbedtls_value *value);
typedef struct mbedtls_timer {
    int t;
} mbedtls_timer;
/** \return 0 on success, or an error code. */
int mbedtls_timer_start(mbedtls_timer *timer, mbedtls_case_context *ctx);
void mbedtls_timer_free(mbedtls_timer *timer);
/** \return 0 on success, or an error code. */
int mbedtls_case_debug(mbedtls_case_context *ctx, mbedtls_case_context **inside);
