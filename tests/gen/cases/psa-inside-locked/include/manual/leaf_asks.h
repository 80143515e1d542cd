#include <stdbool.h>
bool mbedguard_leaf_asks(const void *object);
