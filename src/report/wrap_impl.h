/* Words into lines of a given width, counted in characters and not in bytes. */
#ifndef WADI_WRAP_IMPL_H
#define WADI_WRAP_IMPL_H

#include "base/base_impl.h"

enum { REPORT_COLUMNS = 96 };
#define REPORT_HARD_BLANK '\x1f' /* printed as a blank at which no line ends */

/* Characters of a UTF-8 text. */
int report_width(const char *words);
/* Add `words` behind `bullet`, later lines indented by its width. A longer word is cut. */
void report_wrap(wadi_text *text, const char *bullet, const char *words, int columns);

#endif
