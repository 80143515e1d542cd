#include <psa/extra.h>
