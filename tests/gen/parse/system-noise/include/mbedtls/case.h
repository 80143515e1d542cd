#include <stdio.h>
#include <time.h>
/* "unclosed */
#include "noise.h"
int mbedtls_case_after(FILE *a, struct tm *t);
