/* What the reader gives up before it sees a foreign byte. */
#ifndef WADI_SANDBOX_H
#define WADI_SANDBOX_H

#include <stdint.h>

/* No files, no network, no programs, no more than a few times `largest_bytes` of memory. From
 * here on only read, write, memory and exit are left; anything else ends the process. 0, or -1.
 */
int sandbox_enter(uint64_t largest_bytes);
/* Processor time from now, after which the process ends. */
void sandbox_allow_ms(long milliseconds);

#endif
