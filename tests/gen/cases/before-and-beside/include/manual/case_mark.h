#include <mbedguard/cipher.h>
void mbedguard_case_mark_free(mbedguard_case_mark *mark);
void mbedguard_case_mark_init(mbedguard_case_mark *mark);
int mbedguard_case_check_set_up(const mbedguard_case_context *ctx);
int mbedguard_case_after_fork(mbedguard_case_context *ctx);
void mbedguard_case_drawn(mbedguard_case_context *ctx);
int mbedguard_case_was_drawn(const mbedguard_case_context *ctx);
int mbedguard_case_before_free(mbedguard_case_context *ctx);
