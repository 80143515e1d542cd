#ifndef MBEDGUARD_CASE_ACCESS_H
#define MBEDGUARD_CASE_ACCESS_H
MBEDGUARD_API int mbedguard_case_get_a(mbedguard_case_context *ctx);
#endif
