#include <mbedguard/case_access.h>
