/* Waveforms as pictures: strips like a duplex trace (SVG), and the network in space over one
 * beat (ParaView). */
#include "flow/wave_table_impl.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOMENTS = 25,
    STRIP_WIDTH = 260,
    STRIP_HEIGHT = 90,
    COLUMNS = 4,
    MARGIN = 24,
    HEAD = 60,
    NAME_HEIGHT = 14 /* above the numbers: names of a model may be long */
};

static void put_escaped(wadi_text *text, const char *label)
{
    for (const char *at = label; *at; at++) {
        if (*at == '<')
            wadi_text_add(text, "&lt;");
        else if (*at == '&')
            wadi_text_add(text, "&amp;");
        else if (*at == '"')
            wadi_text_add(text, "&quot;");
        else if ((unsigned char)*at >= 0x20)
            wadi_text_put(text, at, 1);
    }
}

/* "PSV 53, EDV 20 cm/s, RI 0.60", where there is a pulse. */
static void put_caption(wadi_text *text, const wave_table *table, wadi_index vessel)
{
    wadi_pulse_indices of;

    wave_table_indices(table, vessel, &of);
    /* Both velocities to the same place: the digits that the peak has. */
    int places = of.psv_m_s >= 0.1 ? 1 : of.psv_m_s >= 0.01 ? 2 : 3;

    if (isfinite(of.ri) && of.psv_m_s >= 1e-4)
        wadi_text_add(text, "PSV %.*f, EDV %.*f cm/s, RI %.2f", places, 100 * of.psv_m_s,
                      places, 100 * of.edv_m_s, of.ri);
    else
        wadi_text_add(text, "no flow");
}

/* Two beats side by side on black, filled to the base line as a duplex shows them. */
static void put_strip(wadi_text *text, const wave_table *table, wadi_index vessel, int x, int y,
                      const double *u)
{
    bool vein = table->network->vessels[vessel].wall == WADI_NETWORK_VEIN;
    double low = 0, high = 0;
    size_t n = table->samples;

    for (size_t i = 0; i < n; i++) {
        low = fmin(low, u[i]);
        high = fmax(high, u[i]);
    }
    double span = 1.1 * fmax(high - low, 1e-5), scale = STRIP_HEIGHT / span;
    double zero = y + (high + 0.05 * span) * scale;

    wadi_text_add(text, "<g class=\"%s\"><text x=\"%d\" y=\"%d\">", vein ? "vein" : "artery", x,
                  y - 4 - NAME_HEIGHT);
    put_escaped(text, table->network->vessels[vessel].label);
    wadi_text_add(text, "</text><text x=\"%d\" y=\"%d\">", x, y - 4);
    put_caption(text, table, vessel);
    wadi_text_add(text,
                  "</text><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>"
                  "<path d=\"M%d,%.1f",
                  x, y, STRIP_WIDTH, STRIP_HEIGHT, x, zero);
    for (size_t i = 0; i <= 2 * (n - 1); i++)
        wadi_text_add(text, "L%.1f,%.1f",
                      x + (double)STRIP_WIDTH * (double)i / (2.0 * (double)(n - 1)),
                      zero - u[i % (n - 1)] * scale);
    wadi_text_add(text,
                  "L%d,%.1fZ\"/><line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
                  "<text x=\"%d\" y=\"%d\" class=\"scale\">%.3g</text>"
                  "<text x=\"%d\" y=\"%d\" class=\"scale\">%.3g</text></g>\n",
                  x + STRIP_WIDTH, zero, x, zero, x + STRIP_WIDTH, zero, x + 3, y + 10,
                  100 * high, x + 3, y + STRIP_HEIGHT - 4, 100 * low);
}

wadi_status wave_svg_write(const wave_table *table, const char *path, wadi_error *err)
{
    wadi_index count = table->network->vessel_count;
    int rows = (count + COLUMNS - 1) / COLUMNS, step = STRIP_HEIGHT + 40 + NAME_HEIGHT;
    double *u = wadi_alloc(table->samples, sizeof *u);
    wadi_text text = {0};
    wadi_status status;

    if (!u)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu samples", table->samples);
    wadi_text_add(
        &text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
        "font-family=\"sans-serif\" font-size=\"11\">\n"
        "<style>rect{fill:#10141a}line{stroke:#59636f;stroke-width:.7}"
        ".artery path{fill:#e8674d;fill-opacity:.55;stroke:#ff9d80}"
        ".vein path{fill:#4d8fe0;fill-opacity:.55;stroke:#8fc1ff}"
        ".scale{fill:#c8ced6;font-size:9px}.page{fill:#fff}</style>\n"
        "<title>Mean velocity in the middle of each vessel, two beats of %.3g s</title>\n"
        "<rect class=\"page\" width=\"100%%\" height=\"100%%\"/>\n"
        "<text x=\"%d\" y=\"18\">Mean velocity over the section in the middle of each vessel, "
        "cm/s, two beats of %.3g s; arteries red, veins blue; up is with the vessel's own "
        "direction</text>\n",
        COLUMNS * (STRIP_WIDTH + MARGIN) + MARGIN, HEAD + rows * step, table->network->period_s,
        MARGIN, table->network->period_s);
    for (wadi_index i = 0; i < count; i++) {
        wave_table_waveform(table, i, 2, NULL, NULL, NULL, NULL, u);
        put_strip(&text, table, i, MARGIN + i % COLUMNS * (STRIP_WIDTH + MARGIN),
                  HEAD + i / COLUMNS * step, u);
    }
    wadi_text_add(&text, "</svg>\n");
    status = text.failed ? wadi_fail(err, WADI_ERR_NOMEM, "no memory for %s", path)
                         : wadi_file_write(path, text.bytes, text.size, err);
    wadi_text_clear(&text);
    free(u);
    return status;
}

/* ---- ParaView ---- */

/* A network without places is drawn as a tree: length along x, ends spread along y. */
static void lay_out(const wadi_network *n, double (*at)[3])
{
    bool placed = false, moved = true;
    double next_y = 0;

    for (wadi_index i = 0; i < n->node_count; i++)
        for (int k = 0; k < 3; k++) {
            at[i][k] = n->position_m[i][k];
            placed = placed || at[i][k] != 0;
        }
    if (placed)
        return;
    for (wadi_index i = 0; i < n->node_count; i++)
        at[i][0] = NAN;
    for (wadi_index i = 0; i < n->inlet_count; i++)
        at[n->inlets[i].node][0] = 0;
    if (!n->inlet_count)
        at[n->vessels[0].from][0] = 0;
    while (moved) {
        moved = false;
        for (wadi_index i = 0; i < n->vessel_count; i++) {
            const wadi_network_vessel *v = &n->vessels[i];
            for (int side = 0; side < 2; side++) {
                wadi_index here = side ? v->to : v->from, there = side ? v->from : v->to;
                if (isnan(at[here][0]) || !isnan(at[there][0]))
                    continue;
                at[there][0] = at[here][0] + v->length_m;
                at[there][1] = next_y;
                next_y += 0.01;
                moved = true;
            }
        }
    }
    for (wadi_index i = 0; i < n->node_count; i++)
        if (isnan(at[i][0]))
            at[i][0] = 0;
}

static void put_array(wadi_text *text, const char *name, const double *values, size_t count,
                      size_t stride)
{
    wadi_text_add(text, "<DataArray type=\"Float64\" Name=\"%s\" format=\"ascii\">\n", name);
    for (size_t i = 0; i < count; i++)
        wadi_text_add(text, "%.7g%c", values[i * stride], i % 5 == 4 ? '\n' : ' ');
    wadi_text_add(text, "</DataArray>\n");
}

/* A place of a vessel: on its own course where that is known, else between its nodes. */
static void point_of(const wadi_network *n, const double (*at)[3], wadi_index vessel, int place,
                     double point[3])
{
    const double *a = at[n->vessels[vessel].from], *b = at[n->vessels[vessel].to];

    for (int k = 0; k < 3; k++)
        point[k] = n->course_m ? n->course_m[vessel][place][k]
                               : a[k] + WAVE_PLACES[place] * (b[k] - a[k]);
}

static wadi_status write_moment(const wave_table *table, const double (*at)[3], size_t sample,
                                const char *path, wadi_error *err)
{
    const wadi_network *n = table->network;
    size_t points = (size_t)n->vessel_count * WADI_PULSE_PLACES;
    wadi_text text = {0};
    wadi_status status;

    wadi_text_add(&text,
                  "<?xml version=\"1.0\"?>\n<VTKFile type=\"PolyData\" version=\"0.1\" "
                  "byte_order=\"LittleEndian\">\n<PolyData>\n<Piece NumberOfPoints=\"%zu\" "
                  "NumberOfVerts=\"0\" NumberOfLines=\"%ld\" NumberOfStrips=\"0\" "
                  "NumberOfPolys=\"0\">\n<Points>\n<DataArray type=\"Float64\" "
                  "NumberOfComponents=\"3\" format=\"ascii\">\n",
                  points, (long)n->vessel_count);
    for (wadi_index i = 0; i < n->vessel_count; i++)
        for (int place = 0; place < WADI_PULSE_PLACES; place++) {
            double point[3];

            point_of(n, at, i, place, point);
            wadi_text_add(&text, "%.7g %.7g %.7g\n", point[0], point[1], point[2]);
        }
    wadi_text_add(&text, "</DataArray>\n</Points>\n<Lines>\n<DataArray type=\"Int64\" "
                         "Name=\"connectivity\" format=\"ascii\">\n");
    for (size_t i = 0; i < points; i++)
        wadi_text_add(&text, "%zu%c", i, i % 5 == 4 ? '\n' : ' ');
    wadi_text_add(&text, "</DataArray>\n<DataArray type=\"Int64\" Name=\"offsets\" "
                         "format=\"ascii\">\n");
    for (wadi_index i = 1; i <= n->vessel_count; i++)
        wadi_text_add(&text, "%ld\n", (long)i * WADI_PULSE_PLACES);
    wadi_text_add(&text, "</DataArray>\n</Lines>\n<PointData Scalars=\"pressure_pa\">\n");
    put_array(&text, "pressure_pa", table->p + sample, points, table->samples);
    put_array(&text, "flow_m3_s", table->q + sample, points, table->samples);
    wadi_text_add(&text, "<DataArray type=\"Float64\" Name=\"radius_m\" format=\"ascii\">\n");
    for (size_t i = 0; i < points; i++) {
        const wadi_network_vessel *v = &n->vessels[i / WADI_PULSE_PLACES];
        double x = WAVE_PLACES[i % WADI_PULSE_PLACES], r = network_radius(v, x);
        double a =
            wave_area(v->wall == WADI_NETWORK_VEIN, network_stiffness(v, x), WADI_PI * r * r,
                      table->p[i * table->samples + sample] - v->p_ext_pa);
        wadi_text_add(&text, "%.7g\n", sqrt(a / WADI_PI));
    }
    wadi_text_add(&text, "</DataArray>\n</PointData>\n</Piece>\n</PolyData>\n</VTKFile>\n");
    status = text.failed ? wadi_fail(err, WADI_ERR_NOMEM, "no memory for %s", path)
                         : wadi_file_write(path, text.bytes, text.size, err);
    wadi_text_clear(&text);
    return status;
}

wadi_status wave_vtp_write(const wave_table *table, const char *directory, wadi_error *err)
{
    const wadi_network *n = table->network;
    size_t size = strlen(directory) + 40;
    char *path = wadi_alloc(size, 1);
    double(*at)[3] = wadi_alloc((size_t)n->node_count, sizeof *at);
    wadi_text index = {0};
    wadi_status status = WADI_OK;

    if (!path || !at) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %ld nodes", (long)n->node_count);
        goto done;
    }
    lay_out(n, at);
    wadi_text_add(&index,
                  "<?xml version=\"1.0\"?>\n<VTKFile type=\"Collection\" version=\"0.1\">\n"
                  "<Collection>\n");
    for (size_t i = 0; i < MOMENTS && !status; i++) {
        size_t sample = i * (table->samples - 1) / (MOMENTS - 1);
        snprintf(path, size, "%s/flow-%02zu.vtp", directory, i);
        status = write_moment(table, (const double(*)[3])at, sample, path, err);
        wadi_text_add(&index, "<DataSet timestep=\"%.6g\" file=\"flow-%02zu.vtp\"/>\n",
                      n->period_s * (double)sample / (double)(table->samples - 1), i);
    }
    wadi_text_add(&index, "</Collection>\n</VTKFile>\n");
    snprintf(path, size, "%s/flow.pvd", directory);
    if (!status)
        status = index.failed ? wadi_fail(err, WADI_ERR_NOMEM, "no memory for %s", path)
                              : wadi_file_write(path, index.bytes, index.size, err);
done:
    wadi_text_clear(&index);
    free(path);
    free(at);
    return status;
}
