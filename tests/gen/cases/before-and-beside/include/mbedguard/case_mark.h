#ifndef MBEDGUARD_CASE_MARK_H
#define MBEDGUARD_CASE_MARK_H
typedef struct mbedguard_case_mark {
    unsigned generation;
} mbedguard_case_mark;
#endif
