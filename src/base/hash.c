/* The one door to GLib's checksums. */
#include "base/base_impl.h"

#include <glib.h>

wadi_status wadi_hash(const void *bytes, size_t size, char out[65], wadi_error *err)
{
    char *text = g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, size);

    if (!text)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a checksum");
    snprintf(out, 65, "%s", text);
    g_free(text);
    return WADI_OK;
}
