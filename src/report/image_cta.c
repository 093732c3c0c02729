/* What the analysis of a CT or MR angiogram leaves in a folder. */
#include "report/image_report_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { VIEWS = 2, FACTS = 7 };

static const int ARTERY = 0xe69f00, VEIN = 0x56b4e9, CLOSED = 0xd55e00;

/* One way of looking: along the rows' axis (from the front) or the columns' (from the side). */
typedef struct view {
    const char *title, *stem;
    int across;    /* index axis that runs to the right: 0 columns, 1 rows */
    bool mirrored; /* that axis points against the picture: to the right or to the front */
    wadi_index columns, rows;
    double pixel_mm;
    uint8_t *pixels;
    wadi_picture *picture;
} view;

typedef struct work {
    const wadi_volume *volume;
    const wadi_cta *cta;
    const wadi_cta_findings *findings;
    view views[VIEWS];
} work;

/* Bone of a slice and what its blur reaches: two voxels around, vessels excepted. */
static void bone_of(const work *w, wadi_index slice, uint8_t *across, uint8_t *bone)
{
    wadi_index columns = w->volume->columns, rows = w->volume->rows, reach = 2;
    size_t count = (size_t)columns * (size_t)rows;
    const uint8_t *labels = w->cta->labels + (size_t)slice * count;

    memset(across, 0, count);
    memset(bone, 0, count);
    if (!memchr(labels, WADI_CTA_BONE, count))
        return;
    for (wadi_index r = 0; r < rows; r++) {
        const uint8_t *row = labels + (size_t)r * (size_t)columns;
        const uint8_t *first = memchr(row, WADI_CTA_BONE, (size_t)columns);

        for (wadi_index c = first ? (wadi_index)(first - row) : columns; c < columns; c++)
            for (wadi_index k = -reach; k <= reach && row[c] == WADI_CTA_BONE; k++)
                if (c + k >= 0 && c + k < columns)
                    across[(size_t)r * (size_t)columns + (size_t)(c + k)] = 1;
    }
    for (wadi_index r = 0; r < rows; r++)
        for (wadi_index k = -reach; k <= reach; k++)
            for (wadi_index c = 0; r + k >= 0 && r + k < rows && c < columns; c++)
                bone[(size_t)r * (size_t)columns + (size_t)c] |=
                    across[(size_t)(r + k) * (size_t)columns + (size_t)c];
    for (size_t i = 0; i < count; i++)
        if (labels[i] != WADI_CTA_BACKGROUND && labels[i] != WADI_CTA_BONE)
            bone[i] = 0;
}

/* The brightest of a row where no bone is: each by itself, or all into one. */
static void brightest(wadi_index count, const float *restrict values,
                      const uint8_t *restrict bone, bool each, float *restrict best)
{
    if (each) {
        for (wadi_index i = 0; i < count; i++) {
            float value = bone[i] ? -2000 : values[i];

            best[i] = value > best[i] ? value : best[i];
        }
        return;
    }
    float most = *best;

    for (wadi_index i = 0; i < count; i++)
        if (values[i] > most && !bone[i])
            most = values[i];
    *best = most;
}

/* Brightest voxel of each ray, bone left out; (slices x across). */
static wadi_status project(const work *w, const view *v, float **out, wadi_error *err)
{
    const wadi_volume *volume = w->volume;
    wadi_index across = v->columns;
    size_t plane = (size_t)volume->columns * (size_t)volume->rows;
    float *best = wadi_alloc((size_t)across * (size_t)volume->slices, sizeof *best);
    uint8_t *room = wadi_alloc(2 * plane, 1);

    *out = best;
    if (!best || !room) {
        free(room);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a projection");
    }
    for (size_t i = 0; i < (size_t)across * (size_t)volume->slices; i++)
        best[i] = -2000;
    for (wadi_index s = 0; s < volume->slices; s++) {
        const float *values = volume->values + (size_t)s * plane;
        float *line = best + (size_t)s * (size_t)across;

        bone_of(w, s, room, room + plane);
        for (wadi_index r = 0; r < volume->rows; r++) {
            size_t start = (size_t)r * (size_t)volume->columns;

            brightest(volume->columns, values + start, room + plane + start, v->across == 0,
                      v->across == 0 ? line : line + r);
        }
    }
    free(room);
    return WADI_OK;
}

/* To square pixels with the head up. */
static wadi_status make_pixels(const work *w, view *v, wadi_error *err)
{
    const wadi_volume *volume = w->volume;
    double low = w->cta->muscle_hu - 40, high = fmax(w->cta->artery_hu * 1.1, low + 100);
    float *best = NULL;
    bool up = volume->axes[2][2] >= 0;
    wadi_status status = project(w, v, &best, err);

    if (!status) {
        v->pixels = wadi_alloc((size_t)v->columns * (size_t)v->rows, 1);
        if (!v->pixels)
            status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for a picture");
    }
    for (wadi_index r = 0; !status && r < v->rows; r++) {
        double at = (r + 0.5) * v->pixel_mm / volume->spacing_mm[2] - 0.5;

        at = up ? volume->slices - 1 - at : at;
        at = fmin(fmax(at, 0), volume->slices - 1);
        wadi_index s = (wadi_index)at, next = s + 1 < volume->slices ? s + 1 : s;
        double share = at - s;

        for (wadi_index c = 0; c < v->columns; c++) {
            size_t from = (size_t)(v->mirrored ? v->columns - 1 - c : c);
            double value = (1 - share) * best[(size_t)s * (size_t)v->columns + from] +
                           share * best[(size_t)next * (size_t)v->columns + from];
            double grey = 200 * (value - low) / (high - low);

            v->pixels[(size_t)r * (size_t)v->columns + (size_t)c] =
                (uint8_t)(grey < 0     ? 0
                          : grey > 255 ? 255
                                       : grey);
        }
    }
    free(best);
    return status;
}

static void to_pixel(const work *w, const view *v, const double *point, double *x, double *y)
{
    const wadi_volume *volume = w->volume;
    double index[3];

    for (int k = 0; k < 3; k++) {
        index[k] = 0;
        for (int j = 0; j < 3; j++)
            index[k] += (point[j] - volume->origin_mm[j]) * volume->axes[k][j];
        index[k] /= volume->spacing_mm[k];
    }
    if (volume->axes[2][2] >= 0)
        index[2] = volume->slices - 1 - index[2];
    *x = v->mirrored ? v->columns - 1 - index[v->across] : index[v->across];
    *y = (index[2] + 0.5) * volume->spacing_mm[2] / v->pixel_mm - 0.5;
}

/* Each course twice: what is open, and what is closed in its own colour. A point that is not
 * finite parts a line. */
static wadi_status draw(const work *w, view *v, wadi_error *err)
{
    wadi_index courses = w->findings->course_count, points = 0, used = 0, lines_used = 0;
    wadi_picture_line *lines = wadi_alloc(2 * (size_t)courses + 1, sizeof *lines);
    double *room;
    const wadi_picture_key keys[] = {
        {ARTERY, "artery"}, {CLOSED, "artery, closed"}, {VEIN, "vein"}};
    wadi_status status;

    for (wadi_index k = 0; k < courses; k++)
        points += w->findings->courses[k].count;
    room = wadi_alloc(4 * (size_t)points + 4, sizeof *room);
    if (!lines || !room) {
        free(lines);
        free(room);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the lines of vessels");
    }
    for (wadi_index k = 0; k < courses; k++) {
        const wadi_cta_course *c = &w->findings->courses[k];

        bool named = c->vein;

        for (int closed = 0; closed < (c->vein ? 1 : 2); closed++) {
            double *x = room + used, *y = x + c->count;
            bool any = false;

            for (wadi_index i = 0; i < c->count; i++) {
                to_pixel(w, v, c->points_mm + 3 * i, &x[i], &y[i]);
                if ((c->closed[i] != 0) != closed)
                    x[i] = y[i] = NAN;
                else
                    any = true;
            }
            used += 2 * c->count;
            if (!any)
                continue;
            lines[lines_used++] = (wadi_picture_line){.count = c->count,
                                                      .x_px = x,
                                                      .y_px = y,
                                                      .colour = c->vein  ? VEIN
                                                                : closed ? CLOSED
                                                                         : ARTERY,
                                                      .width = c->vein ? 0.6 : 0.9,
                                                      .dashed = closed != 0,
                                                      .label = named ? NULL : c->name};
            named = true;
        }
    }
    status = wadi_picture_overlay(
        &(wadi_overlay){.title = v->title,
                        .columns = v->columns,
                        .rows = v->rows,
                        .channels = 1,
                        .pixels = v->pixels,
                        .row_mm = {true, v->pixel_mm},
                        .column_mm = {true, v->pixel_mm},
                        .lines = lines,
                        .line_count = lines_used,
                        .keys = keys,
                        .key_count = WADI_COUNT_OF(keys),
                        .names_aside = true,
                        .note = v->across ? "Brightest voxel along each ray; bone left out. "
                                            "The front is on the left."
                                          : "Brightest voxel along each ray; bone left out. "
                                            "The patient's right is on the left."},
        &v->picture, err);
    free(lines);
    free(room);
    return status;
}

static wadi_status make_views(work *w, wadi_error *err)
{
    wadi_status status = WADI_OK;

    for (int k = 0; k < VIEWS && !status; k++) {
        view *v = &w->views[k];
        const wadi_volume *volume = w->volume;

        *v = (view){.title = k ? "From the side" : "From the front",
                    .stem = k ? "side" : "front",
                    .across = k};
        v->columns = k ? volume->rows : volume->columns;
        v->mirrored = volume->axes[k][k] < 0;
        v->pixel_mm = volume->spacing_mm[k];
        v->rows = (wadi_index)fmin(
            8192, fmax(1, round(volume->slices * volume->spacing_mm[2] / v->pixel_mm)));
        status = make_pixels(w, v, err);
        if (!status)
            status = draw(w, v, err);
    }
    return status;
}

static void list_name(char *list, size_t size, const char *name)
{
    size_t used = strlen(list);

    snprintf(list + used, size - used, "%s%s", used ? ", " : "", name);
}

static wadi_status save_page(const work *w, const char *path, wadi_error *err)
{
    const wadi_cta *cta = w->cta;
    char size[80], levels[80], arteries[200] = "", unsure[200] = "", lesions[48], scale[48];
    int closed = 0, narrow = 0;
    const wadi_picture *pictures[VIEWS];
    const char *const notes[] = {
        "Every number with its unit, standard deviation and reasons is in cta.json.",
        "case-fragment.json holds what the image tells; onset in it is "
        "a placeholder."};

    for (wadi_index k = 0; k < w->findings->course_count; k++) {
        const wadi_cta_course *c = &w->findings->courses[k];

        if (!c->vein)
            list_name(arteries, sizeof arteries, c->name);
        if (c->reasons & WADI_CTA_BRIDGE_UNSURE)
            list_name(unsure, sizeof unsure, c->name);
        for (wadi_index l = 0; l < c->lesion_count; l++) {
            closed += c->lesions[l].kind == WADI_OCCLUSION;
            narrow += c->lesions[l].kind == WADI_STENOSIS;
        }
    }
    snprintf(size, sizeof size, "%d x %d x %d voxels of %.2f x %.2f x %.2f mm",
             w->volume->columns, w->volume->rows, w->volume->slices, w->volume->spacing_mm[0],
             w->volume->spacing_mm[1], w->volume->spacing_mm[2]);
    snprintf(levels, sizeof levels, "%.0f in arteries, %.0f in veins, noise %.0f",
             cta->artery_hu, cta->vein_hu, cta->noise_hu);
    snprintf(lesions, sizeof lesions, "%d occlusion%s, %d stenos%s", closed,
             closed == 1 ? "" : "s", narrow, narrow == 1 ? "is" : "es");
    snprintf(scale, sizeof scale, w->findings->scale > 0 ? "%.2f" : "not known",
             w->findings->scale);
    for (int k = 0; k < VIEWS; k++)
        pictures[k] = w->views[k].picture;
    const char *const facts[FACTS][2] = {{"volume", size},
                                         {"side", !cta->side_known ? "not told"
                                                  : cta->right     ? "right"
                                                                   : "left"},
                                         {"brightness, HU", levels},
                                         {"arteries", arteries[0] ? arteries : "none found"},
                                         {"lesions", lesions},
                                         {"way across unsure", unsure[0] ? unsure : "nowhere"},
                                         {"size against the reference leg", scale}};

    return wadi_picture_page_write(
        &(wadi_picture_page){.title = "Vessels of an angiogram in three dimensions",
                             .facts = facts,
                             .fact_count = FACTS,
                             .pictures = pictures,
                             .picture_count = VIEWS,
                             .notes = notes,
                             .note_count = WADI_COUNT_OF(notes)},
        path, err);
}

static wadi_status save_labels(const work *w, const char *path, wadi_error *err)
{
    const wadi_volume *from = w->volume;
    wadi_volume *labels = NULL;
    wadi_status status = wadi_volume_new(from->columns, from->rows, from->slices, &labels, err);

    if (status)
        return status;
    memcpy(labels->spacing_mm, from->spacing_mm, sizeof labels->spacing_mm);
    memcpy(labels->axes, from->axes, sizeof labels->axes);
    memcpy(labels->origin_mm, from->origin_mm, sizeof labels->origin_mm);
    for (size_t i = 0; i < (size_t)from->columns * (size_t)from->rows * (size_t)from->slices;
         i++)
        labels->values[i] = w->cta->labels[i];
    status = wadi_nifti_write(path, labels, err);
    wadi_volume_free(labels);
    return status;
}

static wadi_status save_gaps(const work *w, const char *directory, wadi_error *err)
{
    wadi_text text = {0};
    wadi_status status = WADI_OK;

    wadi_text_add(&text, "artery,vein,from_origin_mm,gap_mm,low_mm,high_mm\n");
    for (wadi_index g = 0; g < w->findings->gap_count; g++) {
        const wadi_cta_gap *gap = &w->findings->gaps[g];

        for (wadi_index i = 0; i < gap->count; i++)
            wadi_text_add(&text, "%s,%s,%.1f,%.2f,%.2f,%.2f\n",
                          w->findings->courses[gap->artery].name,
                          w->findings->courses[gap->vein].name, gap->from_origin_mm[i],
                          gap->gap_mm[i], fmax(0, gap->gap_mm[i] - 1.96 * gap->sd_mm[i]),
                          gap->gap_mm[i] + 1.96 * gap->sd_mm[i]);
    }
    if (text.failed)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the gaps");
    else if (w->findings->gap_count)
        status = image_save_text(directory, "gaps.csv", text.bytes, text.size, err);
    wadi_text_clear(&text);
    return status;
}

static wadi_status save_case(const work *w, bool mri, const char *directory, wadi_error *err)
{
    char *text = NULL;
    size_t size = 0;
    wadi_status status = wadi_cta_case(w->cta, w->findings, mri, &text, &size, err);

    if (!status)
        status = image_save_text(directory, "case-fragment.json", text, size, err);
    free(text);
    return status;
}

wadi_status wadi_cta_report(const wadi_volume *volume, const wadi_cta *cta,
                            const wadi_cta_findings *findings, bool mri, const char *text,
                            size_t size, const char *directory, wadi_error *err)
{
    work w = {.volume = volume, .cta = cta, .findings = findings};
    char path[4096];
    wadi_status status = wadi_directory_make(directory, err);

    if (!status)
        status = image_save_text(directory, "cta.json", text, size, err);
    if (!status)
        status = save_case(&w, mri, directory, err);
    if (!status)
        status = save_gaps(&w, directory, err);
    snprintf(path, sizeof path, "%s/centrelines.vtp", directory);
    if (!status)
        status = wadi_cta_write_vtp(path, findings, err);
    snprintf(path, sizeof path, "%s/surface.stl", directory);
    if (!status)
        status = wadi_cta_write_stl(path, volume, cta, NULL, err);
    snprintf(path, sizeof path, "%s/labels.nii.gz", directory);
    if (!status)
        status = save_labels(&w, path, err);
    if (!status)
        status = make_views(&w, err);
    for (int k = 0; k < VIEWS && !status; k++)
        status =
            image_save_picture(w.views[k].picture, directory, w.views[k].stem, ".png", err);
    snprintf(path, sizeof path, "%s/page.pdf", directory);
    if (!status)
        status = save_page(&w, path, err);
    for (int k = 0; k < VIEWS; k++) {
        wadi_picture_free(w.views[k].picture);
        free(w.views[k].pixels);
    }
    return status;
}
