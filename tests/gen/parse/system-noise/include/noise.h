#define NOISE 1
extern __inline __attribute__ ((__always_inline__, __gnu_inline__)) int noise_printf (const char *__restrict __fmt, ...)
{ return __builtin_printf (__fmt, __builtin_va_arg_pack ()); }
int mbedtls_case_stolen(@ ` $ this is no C);
/* # 1 "mbedtls/case.h"
#define NOISE_IN_COMMENT
*/
