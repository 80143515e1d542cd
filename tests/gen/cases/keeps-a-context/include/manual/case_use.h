#include <mbedguard/cipher.h>
int mbedguard_case_check_unused(const mbedguard_case_config *conf);
