#include "dsa.h"
wadi_status wadi_gap_files(const char *arterial, const char *venous,
                           const wadi_gap_options *options, const char *directory, char **out,
                           size_t *size, wadi_error *err)
{ (void)arterial;(void)venous;(void)options;(void)directory;(void)size; *out=NULL; return wadi_fail(err, WADI_ERR_SUPPORT, "not yet"); }
