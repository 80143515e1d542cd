#include <stddef.h>
typedef struct { int x; } mbedtls_case_session;
typedef void (*mbedtls_case_signal_t)(int);
unsigned char const (*mbedtls_case_get_id(const mbedtls_case_session *session))[32];
void (*mbedtls_case_signal(int sig, void (*func)(int)))(int);
int mbedtls_case_nested(int (*f_outer)(void *, int (*f_inner)(void *, size_t), size_t len), void *p);
int (mbedtls_case_parens)(int (a)(char), int (mbedtls_case_signal_t));
int mbedtls_case_by_name(mbedtls_case_signal_t handler, int callback(const char *));
int mbedtls_case_rows(int (*rows)[4], int table[2][3], const char *names[]);
char *mbedtls_case_one(void), mbedtls_case_two(int b);
extern int (*mbedtls_case_hook)(void *, size_t);
