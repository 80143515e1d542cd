#define MBEDTLS_DEPRECATED __attribute__((deprecated("use the other")))
#define MBEDTLS_CHECK_RETURN __attribute__((__warn_unused_result__))
MBEDTLS_CHECK_RETURN
int mbedtls_case_check(int a);
MBEDTLS_DEPRECATED void mbedtls_case_old(const char *format) __attribute__((__nonnull__(1), __format__(printf, 1, 0)));
void mbedtls_case_late(int a __attribute__((unused))) MBEDTLS_DEPRECATED;
__extension__ typedef unsigned int mbedtls_case_wide __attribute__((mode(DI)));
struct __attribute__((packed)) mbedtls_case_tag { char c; int i __attribute__((aligned(2))); };
int mbedtls_case_renamed(void) __asm__("mbedtls_case_other");
_Static_assert(sizeof(struct mbedtls_case_tag) >= 5, "size");
_Noreturn void mbedtls_case_end(void);
int mbedtls_case_restrict(char *__restrict to, const char *restrict from);
int mbedtls_case_printf(const char *format, ...);
mbedtls_case_wide mbedtls_case_width(void);
