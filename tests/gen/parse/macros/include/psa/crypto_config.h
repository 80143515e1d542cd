#define PSA_WANT_CASE 1
