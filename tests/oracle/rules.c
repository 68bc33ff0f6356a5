#include "oracle/run.h"
void rules_before(struct run *r, const struct op *op, const long *v) { (void)r; (void)op; (void)v; }
void rules_after(struct run *r, const struct op *op, const long *v, const struct answer *a) { (void)r; (void)op; (void)v; (void)a; }
bool rules_hit(const char *name) { (void)name; return true; }
unsigned int rules_count(unsigned int *hit) { *hit = 0; return 0; }
void rules_print(FILE *out, bool all) { (void)out; (void)all; }
