typedef int psa_extra_t;
