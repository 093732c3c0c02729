/* Findings of a CTA as JSON for programs, a few lines for people, and polydata. */
#include "cta_find.h"

#include <stdlib.h>
#include <string.h>

static const char *const CALCIUM_WORDS[] = {"none", "mild", "moderate", "severe"};

static json_t *number(double value, double step)
{
    return wadi_json_number(round(value / step) * step);
}

static json_t *maybe(wadi_maybe value, double step)
{
    return value.known ? number(value.value, step) : json_null();
}

json_t *cta_reasons_json(uint32_t reasons)
{
    json_t *list = json_array();

    for (int bit = 0; bit < WADI_CTA_REASONS; bit++)
        if (reasons >> bit & 1) {
            const char *name = wadi_cta_reason_name((wadi_cta_reason)(1u << bit));

            if (name)
                json_array_append_new(list, json_string(name));
        }
    return list;
}

static json_t *lesion_json(const wadi_cta_course *c, const wadi_cta_lesion *lesion)
{
    json_t *out = json_object();

    json_object_set_new(out, "vessel", json_string(c->name));
    json_object_set_new(out, "kind",
                        json_string(lesion->kind == WADI_OCCLUSION ? "occlusion" : "stenosis"));
    json_object_set_new(out, "from_mm", number(lesion->from_mm, 0.1));
    json_object_set_new(out, "to_mm", number(lesion->to_mm, 0.1));
    json_object_set_new(out, "length_mm", number(lesion->to_mm - lesion->from_mm, 0.1));
    json_object_set_new(out, "length_sd_mm", number(lesion->length_sd_mm, 0.1));
    json_object_set_new(out, "to_end", json_boolean(lesion->to_end));
    json_object_set_new(out, "stenosis_frac", maybe(lesion->stenosis_frac, 0.001));
    json_object_set_new(out, "stenosis_sd", maybe(lesion->stenosis_sd, 0.001));
    json_object_set_new(out, "reference_diameter_mm", maybe(lesion->reference_mm, 0.001));
    json_object_set_new(out, "reference_diameter_sd_mm", maybe(lesion->reference_sd, 0.001));
    json_object_set_new(out, "entry",
                        lesion->blunt.known
                            ? json_string(lesion->blunt.value != 0 ? "blunt" : "tapered")
                            : json_null());
    json_object_set_new(out, "stump_frac", maybe(lesion->stump_frac, 0.001));
    json_object_set_new(out, "entry_calcified",
                        lesion->entry_calcified.known
                            ? json_boolean(lesion->entry_calcified.value != 0)
                            : json_null());
    json_object_set_new(out, "outflow",
                        lesion->outflow.known ? json_boolean(lesion->outflow.value != 0)
                                              : json_null());
    json_object_set_new(out, "calcium", json_string(CALCIUM_WORDS[lesion->calcium]));
    json_object_set_new(out, "reasons", cta_reasons_json(lesion->reasons));
    return out;
}

static double mean_diameter(const wadi_cta_course *c, double *sd)
{
    double sum = 0, spread = 0;
    wadi_index count = 0;

    for (wadi_index i = 0; i < c->count; i++) {
        if (c->closed[i])
            continue;
        sum += 2 * c->radius_mm[i];
        spread += 2 * c->radius_sd_mm[i];
        count++;
    }
    *sd = count ? spread / count : NAN;
    return count ? sum / count : NAN;
}

json_t *cta_course_json(const wadi_cta_course *c)
{
    json_t *out = json_object(), *points = json_array(), *radii = json_array();
    json_t *sds = json_array(), *closed = json_array(), *arcs = json_array();
    double sd, mean = mean_diameter(c, &sd);

    json_object_set_new(out, "name", json_string(c->name));
    json_object_set_new(out, "kind", json_string(c->vein ? "vein" : "artery"));
    json_object_set_new(out, "length_mm", number(c->length_mm, 0.1));
    json_object_set_new(out, "seen_mm", number(c->count ? c->along_mm[c->count - 1] : 0, 0.1));
    json_object_set_new(out, "from_origin", json_boolean(c->from_origin));
    json_object_set_new(out, "complete", json_boolean(c->complete));
    json_object_set_new(out, "mean_diameter_mm", number(mean, 0.001));
    json_object_set_new(out, "diameter_sd_mm", number(sd, 0.001));
    if (!c->vein) {
        json_object_set_new(out, "calcium", json_string(CALCIUM_WORDS[c->calcium]));
        json_object_set_new(out, "calcium_mm", number(c->calcium_mm, 0.1));
        json_object_set_new(out, "calcium_half_wall_mm", number(c->calcium_wide_mm, 0.1));
    }
    json_object_set_new(out, "reasons", cta_reasons_json(c->reasons));
    for (wadi_index i = 0; i < c->count; i++) {
        json_t *point = json_array();

        for (int k = 0; k < 3; k++)
            json_array_append_new(point, number(c->points_mm[3 * i + k], 0.001));
        json_array_append_new(points, point);
        json_array_append_new(radii, number(c->radius_mm[i], 0.001));
        json_array_append_new(sds, number(c->radius_sd_mm[i], 0.001));
        json_array_append_new(closed, json_boolean(c->closed[i]));
        json_array_append_new(arcs, number(c->calcium_arc_deg[i], 1));
    }
    json_object_set_new(out, "points_mm", points);
    json_object_set_new(out, "radius_mm", radii);
    json_object_set_new(out, "radius_sd_mm", sds);
    json_object_set_new(out, "closed", closed);
    if (c->vein)
        json_decref(arcs);
    else
        json_object_set_new(out, "calcium_arc_deg", arcs);
    return out;
}

static json_t *gap_json(const wadi_cta_findings *findings, const wadi_cta_gap *gap)
{
    json_t *points = json_array();
    wadi_index least = WADI_NONE;

    for (wadi_index i = 0; i < gap->count; i++) {
        double half = 1.96 * gap->sd_mm[i];
        json_t *point = json_object();

        json_object_set_new(point, "from_origin_mm", number(gap->from_origin_mm[i], 0.1));
        json_object_set_new(point, "gap_mm", number(gap->gap_mm[i], 0.01));
        json_object_set_new(point, "low_mm", number(fmax(0, gap->gap_mm[i] - half), 0.01));
        json_object_set_new(point, "high_mm", number(gap->gap_mm[i] + half, 0.01));
        json_array_append_new(points, point);
        if (least == WADI_NONE || gap->gap_mm[i] < gap->gap_mm[least])
            least = i;
    }
    return json_pack("{s:s, s:s, s:o, s:o}", "artery", findings->courses[gap->artery].name,
                     "vein", findings->courses[gap->vein].name, "least_gap_mm",
                     least == WADI_NONE ? json_null() : number(gap->gap_mm[least], 0.01),
                     "points", points);
}

static json_t *place_json(const double *at)
{
    json_t *out = json_array();

    for (int k = 0; k < 3; k++)
        json_array_append_new(out, number(at[k], 0.001));
    return out;
}

/* Where branches meet, and whether their calibres fit. */
static json_t *branchings_json(const wadi_cta *cta)
{
    json_t *list = json_array();

    for (wadi_index n = 0; n < cta->node_count; n++) {
        const wadi_cta_node *node = &cta->nodes[n];

        if (node->degree < 3 && node->murray_exponent <= 0 && !node->reasons)
            continue;
        json_array_append_new(
            list, json_pack("{s:o, s:i, s:o, s:o}", "at_mm", place_json(node->at_mm), "degree",
                            node->degree, "murray_exponent",
                            node->murray_exponent > 0 ? number(node->murray_exponent, 0.01)
                                                      : json_null(),
                            "reasons", cta_reasons_json(node->reasons)));
    }
    return list;
}

static json_t *seeds_json(const wadi_cta *cta)
{
    json_t *list = json_array();

    for (wadi_index s = 0; s < cta->seed_count; s++) {
        const wadi_cta_seed_found *seed = &cta->seeds[s];
        bool found = seed->branch != WADI_NONE;

        json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "vessel",
                                              found ? json_string(wadi_cta_vessel_name(
                                                          cta->branches[seed->branch].vessel))
                                                    : json_null(),
                                              "off_mm",
                                              found ? number(seed->off_mm, 0.01) : json_null(),
                                              "reasons", cta_reasons_json(seed->reasons)));
    }
    return list;
}

wadi_status wadi_cta_describe(const wadi_cta *cta, const wadi_cta_findings *findings,
                              wadi_maybe seconds, char **out, size_t *size, wadi_error *err)
{
    json_t *root = json_object(), *vessels = json_array(), *lesions = json_array();
    json_t *gaps = json_array();
    wadi_status status;

    for (wadi_index k = 0; k < findings->course_count; k++) {
        const wadi_cta_course *c = &findings->courses[k];

        json_array_append_new(vessels, cta_course_json(c));
        for (wadi_index l = 0; l < c->lesion_count; l++)
            json_array_append_new(lesions, lesion_json(c, &c->lesions[l]));
    }
    for (wadi_index g = 0; g < findings->gap_count; g++)
        json_array_append_new(gaps, gap_json(findings, &findings->gaps[g]));
    json_object_set_new(root, "schema", json_string("wadi.image.cta/1"));
    json_object_set_new(root, "side",
                        cta->side_known ? json_string(cta->right ? "right" : "left")
                                        : json_null());
    json_object_set_new(
        root, "size",
        json_pack("[i,i,i]", (int)cta->columns, (int)cta->rows, (int)cta->slices));
    json_object_set_new(root, "artery_hu", number(cta->artery_hu, 0.1));
    json_object_set_new(root, "vein_hu", number(cta->vein_hu, 0.1));
    json_object_set_new(root, "muscle_hu", number(cta->muscle_hu, 0.1));
    json_object_set_new(root, "noise_hu", number(cta->noise_hu, 0.1));
    json_object_set_new(root, "bone_hu", number(cta->bone_hu, 0.1));
    json_object_set_new(root, "scale_to_reference_leg",
                        findings->scale > 0 ? number(findings->scale, 0.001) : json_null());
    json_object_set_new(root, "reasons", cta_reasons_json(cta->reasons));
    json_object_set_new(root, "seconds", maybe(seconds, 0.01));
    json_object_set_new(root, "vessels", vessels);
    json_object_set_new(root, "lesions", lesions);
    json_object_set_new(root, "gaps", gaps);
    json_object_set_new(root, "branchings", branchings_json(cta));
    if (cta->seed_count)
        json_object_set_new(root, "seeds", seeds_json(cta));
    status = wadi_json_text(root, out, size, err);
    json_decref(root);
    return status;
}

/* ---- for people ---- */

static void lesion_line(const wadi_cta_lesion *lesion, wadi_text *text)
{
    wadi_text_add(text, "      %s %.0f to %.0f mm (%.0f mm, sd %.0f)",
                  lesion->kind == WADI_OCCLUSION ? "occlusion" : "stenosis", lesion->from_mm,
                  lesion->to_mm, lesion->to_mm - lesion->from_mm, lesion->length_sd_mm);
    if (lesion->stenosis_frac.known)
        wadi_text_add(text, ", narrowed by %.0f %%", 100 * lesion->stenosis_frac.value);
    if (lesion->reference_mm.known)
        wadi_text_add(text, ", reference %.1f mm", lesion->reference_mm.value);
    if (lesion->blunt.known)
        wadi_text_add(text, ", %s entry", lesion->blunt.value != 0 ? "blunt" : "tapered");
    if (lesion->entry_calcified.known && lesion->entry_calcified.value != 0)
        wadi_text_add(text, " with calcium");
    if (lesion->outflow.known && lesion->kind == WADI_OCCLUSION)
        wadi_text_add(text, lesion->outflow.value != 0 ? ", open below" : ", no outflow");
    wadi_text_add(text, "\n");
}

static void course_lines(const wadi_cta_course *c, wadi_text *text)
{
    double sd, mean = mean_diameter(c, &sd);

    wadi_text_add(text, "  %-6s %4.0f mm long, ", c->name, c->length_mm);
    if (isfinite(mean))
        wadi_text_add(text, "mean diameter %.1f mm (sd %.1f)", mean, sd);
    else
        wadi_text_add(text, "no open lumen");
    if (!c->vein && c->calcium != WADI_CALCIUM_NONE)
        wadi_text_add(text, ", %s calcium", CALCIUM_WORDS[c->calcium]);
    wadi_text_add(text, "\n");
    for (wadi_index l = 0; l < c->lesion_count; l++)
        lesion_line(&c->lesions[l], text);
    if (c->reasons & WADI_CTA_BRIDGE_UNSURE)
        wadi_text_add(text, "      its way across is unsure: another is nearly as likely\n");
}

/* What each reason means to a person. */
static const char *reason_text(wadi_cta_reason reason)
{
    switch (reason) {
    case WADI_CTA_NO_VESSEL:
        return "nothing tube-like as bright as a vessel with contrast was found";
    case WADI_CTA_NO_BONE:
        return "no bone was found: side and names are not told";
    case WADI_CTA_FEW_CONTRAST:
        return "arteries are hardly brighter than veins: the labels are unsure";
    case WADI_CTA_CUT:
        return "vessels run out of the volume";
    case WADI_CTA_NO_PATH:
        return "a seed lies in no vessel, or no path joins it to its partner: see below";
    case WADI_CTA_SEED_OFF:
        return "a seed lies beside its vessel; the nearest was taken: see below";
    default:
        return NULL;
    }
}

static void seed_lines(const wadi_cta *cta, wadi_text *text)
{
    for (wadi_index s = 0; s < cta->seed_count; s++) {
        const wadi_cta_seed_found *seed = &cta->seeds[s];
        bool apart = seed->reasons & WADI_CTA_NO_PATH;

        wadi_text_add(text, "  seed %d: ", s + 1);
        if (seed->branch == WADI_NONE)
            wadi_text_add(text, "no vessel of its kind within 6 mm\n");
        else
            wadi_text_add(text, "%s, %.1f mm from the middle%s\n",
                          wadi_cta_vessel_name(cta->branches[seed->branch].vessel),
                          seed->off_mm, apart ? ", no path to its partner" : "");
    }
}

static void murray_lines(const wadi_cta *cta, wadi_text *text)
{
    for (wadi_index n = 0; n < cta->node_count; n++) {
        const wadi_cta_node *node = &cta->nodes[n];

        if (!(node->reasons & WADI_CTA_MURRAY))
            continue;
        wadi_text_add(text, "calibres at the branching at %.1f, %.1f, %.1f mm do not fit: ",
                      node->at_mm[0], node->at_mm[1], node->at_mm[2]);
        if (node->murray_exponent > 0)
            wadi_text_add(text, "exponent %.1f, 2.3 to 3 are expected\n",
                          node->murray_exponent);
        else
            wadi_text_add(text, "a branch is as wide as its trunk\n");
    }
}

wadi_status wadi_cta_summary(const wadi_cta *cta, const wadi_cta_findings *findings, char **out,
                             size_t *size, wadi_error *err)
{
    wadi_text text = {0};

    if (findings->course_count)
        wadi_text_add(&text, "%s; arteries %.0f HU, veins %.0f HU, noise %.0f HU\n",
                      !cta->side_known ? "leg of unknown side"
                      : cta->right     ? "right leg"
                                       : "left leg",
                      cta->artery_hu, cta->vein_hu, cta->noise_hu);
    else
        wadi_text_add(&text, "no vessel found in %d x %d x %d voxels, noise %.0f HU\n",
                      cta->columns, cta->rows, cta->slices, cta->noise_hu);
    for (int vein = 0; vein < 2; vein++) {
        bool told = false;

        for (wadi_index k = 0; k < findings->course_count; k++) {
            if (findings->courses[k].vein != vein)
                continue;
            if (!told)
                wadi_text_add(&text, vein ? "Veins\n" : "Arteries\n");
            told = true;
            course_lines(&findings->courses[k], &text);
        }
    }
    for (int bit = 0; bit < WADI_CTA_REASONS; bit++) {
        const char *line = reason_text((wadi_cta_reason)(1u << bit));

        if (line && cta->reasons >> bit & 1)
            wadi_text_add(&text, "%s\n", line);
    }
    seed_lines(cta, &text);
    murray_lines(cta, &text);
    if (text.failed) {
        wadi_text_clear(&text);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the summary");
    }
    *out = text.bytes;
    *size = text.size;
    return WADI_OK;
}

/* ---- VTK polydata ---- */

static void vtp_numbers(wadi_text *text, const wadi_cta_findings *findings, const char *name,
                        size_t offset)
{
    wadi_text_add(text, "<DataArray type=\"Float64\" Name=\"%s\" format=\"ascii\">\n", name);
    for (wadi_index k = 0; k < findings->course_count; k++) {
        const double *values = *(double *const *)((const char *)&findings->courses[k] + offset);

        for (wadi_index i = 0; i < findings->courses[k].count; i++)
            wadi_text_add(text, "%.4f\n", isfinite(values[i]) ? values[i] : -1);
    }
    wadi_text_add(text, "</DataArray>\n");
}

static void vtp_lines(wadi_text *text, const wadi_cta_findings *findings)
{
    long at = 0;

    wadi_text_add(text, "<Lines>\n<DataArray type=\"Int64\" Name=\"connectivity\" "
                        "format=\"ascii\">\n");
    for (wadi_index k = 0; k < findings->course_count; k++)
        for (wadi_index i = 0; i < findings->courses[k].count; i++)
            wadi_text_add(text, "%ld\n", at++);
    wadi_text_add(text, "</DataArray>\n<DataArray type=\"Int64\" Name=\"offsets\" "
                        "format=\"ascii\">\n");
    at = 0;
    for (wadi_index k = 0; k < findings->course_count; k++)
        wadi_text_add(text, "%ld\n", at += findings->courses[k].count);
    wadi_text_add(text, "</DataArray>\n</Lines>\n");
}

static void vtp_cells(wadi_text *text, const wadi_cta_findings *findings)
{
    wadi_text_add(text, "<CellData>\n<DataArray type=\"Int32\" Name=\"label\" "
                        "format=\"ascii\">\n");
    for (wadi_index k = 0; k < findings->course_count; k++)
        wadi_text_add(text, "%d\n",
                      findings->courses[k].vein ? WADI_CTA_VEIN : WADI_CTA_ARTERY);
    wadi_text_add(text, "</DataArray>\n<DataArray type=\"String\" Name=\"name\" "
                        "format=\"ascii\">\n");
    /* Texts of ASCII polydata are bytes as numbers, each ended by 0. */
    for (wadi_index k = 0; k < findings->course_count; k++) {
        for (const char *c = findings->courses[k].name; *c; c++)
            wadi_text_add(text, "%d ", *c);
        wadi_text_add(text, "0\n");
    }
    wadi_text_add(text, "</DataArray>\n</CellData>\n");
}

static void vtp_points(wadi_text *text, const wadi_cta_findings *findings)
{
    wadi_text_add(text, "<PointData Scalars=\"radius_mm\">\n");
    vtp_numbers(text, findings, "radius_mm", offsetof(wadi_cta_course, radius_mm));
    vtp_numbers(text, findings, "radius_sd_mm", offsetof(wadi_cta_course, radius_sd_mm));
    vtp_numbers(text, findings, "hu", offsetof(wadi_cta_course, hu));
    vtp_numbers(text, findings, "calcium_arc_deg", offsetof(wadi_cta_course, calcium_arc_deg));
    wadi_text_add(text, "<DataArray type=\"UInt8\" Name=\"closed\" format=\"ascii\">\n");
    for (wadi_index k = 0; k < findings->course_count; k++)
        for (wadi_index i = 0; i < findings->courses[k].count; i++)
            wadi_text_add(text, "%d\n", findings->courses[k].closed[i]);
    wadi_text_add(text, "</DataArray>\n</PointData>\n<Points>\n<DataArray type=\"Float64\" "
                        "Name=\"points_mm\" NumberOfComponents=\"3\" format=\"ascii\">\n");
    for (wadi_index k = 0; k < findings->course_count; k++)
        for (wadi_index i = 0; i < findings->courses[k].count; i++) {
            const double *p = findings->courses[k].points_mm + 3 * i;

            wadi_text_add(text, "%.4f %.4f %.4f\n", p[0], p[1], p[2]);
        }
    wadi_text_add(text, "</DataArray>\n</Points>\n");
}

wadi_status wadi_cta_write_vtp(const char *path, const wadi_cta_findings *findings,
                               wadi_error *err)
{
    wadi_text text = {0};
    wadi_status status;
    long points = 0;

    for (wadi_index k = 0; k < findings->course_count; k++)
        points += findings->courses[k].count;
    wadi_text_add(&text,
                  "<?xml version=\"1.0\"?>\n<VTKFile type=\"PolyData\" version=\"1.0\" "
                  "byte_order=\"LittleEndian\">\n<PolyData>\n<Piece NumberOfPoints=\"%ld\" "
                  "NumberOfVerts=\"0\" NumberOfLines=\"%d\" NumberOfStrips=\"0\" "
                  "NumberOfPolys=\"0\">\n",
                  points, (int)findings->course_count);
    vtp_points(&text, findings);
    vtp_cells(&text, findings);
    vtp_lines(&text, findings);
    wadi_text_add(&text, "</Piece>\n</PolyData>\n</VTKFile>\n");
    status = text.failed ? wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for the lines", path)
                         : wadi_file_write(path, text.bytes, text.size, err);
    wadi_text_clear(&text);
    return status;
}
