typedef struct psa_case_s psa_case_t;
/** Make one. */
static psa_case_t psa_case_init(void);
/** Get it. */
static int psa_case_get(const psa_case_t *it);
struct psa_case_s { int x; };
static inline struct psa_case_s psa_case_init(void)
{
    const struct psa_case_s v = { '}' };
    if (v.x) { return v; }
    return v;
}
static inline int psa_case_get(const psa_case_t *that)
{
    return that->x; /* } */
}
int psa_case_after(void);
