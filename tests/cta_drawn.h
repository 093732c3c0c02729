/* The leg of a CTA phantom as a graph without error, as a perfect trace would give it. */
#ifndef WADI_CTA_DRAWN_H
#define WADI_CTA_DRAWN_H

#include "image/phantom_cta.h"
#include "near.h"
#include "wadi/image_lesion.h"

#include <stdlib.h>
#include <string.h>

static inline wadi_cta_vessel drawn_vessel(const char *name)
{
    static const struct {
        const char *name;
        wadi_cta_vessel vessel;
    } NAMES[] = {{"POP", WADI_CTA_POPLITEAL},        {"TPT", WADI_CTA_TIBIOPERONEAL_TRUNK},
                 {"ATA", WADI_CTA_ANTERIOR_TIBIAL},  {"PTA", WADI_CTA_POSTERIOR_TIBIAL},
                 {"PER", WADI_CTA_PERONEAL},         {"DPA", WADI_CTA_DORSALIS_PEDIS},
                 {"CPA", WADI_CTA_POSTERIOR_TIBIAL}, {"LPA", WADI_CTA_LATERAL_PLANTAR},
                 {"MPA", WADI_CTA_MEDIAL_PLANTAR}};

    for (size_t i = 0; i < WADI_COUNT_OF(NAMES); i++)
        if (!strcmp(NAMES[i].name, name))
            return NAMES[i].vessel;
    return WADI_CTA_UNNAMED;
}

static inline double drawn_arc(const cta_scene *scene, int tube, double along)
{
    double arc = 0;

    for (int c = 0; c < scene->calcium_count; c++)
        if (scene->calcium[c].tube == tube && along >= scene->calcium[c].from &&
            along <= scene->calcium[c].to)
            arc = fmax(arc, scene->calcium[c].half_arc * 360 / WADI_PI);
    return arc;
}

/* What has contrast: a tube up to where nothing more is open below. */
static inline int drawn_count(const cta_scene *scene, int tube)
{
    int last = 0;

    for (int i = 0; i < scene->tubes[tube].count; i++)
        if (scene->tubes[tube].open[i] > 0)
            last = i + 1;
    /* A tube that is closed at its lower end goes on where its child is open. */
    for (int t = 0; t < scene->tube_count; t++)
        if (!scene->tubes[t].vein && scene->tubes[t].parent == tube &&
            scene->tubes[t].open[0] > 0)
            last = scene->tubes[tube].count;
    return last;
}

static inline void drawn_branch(const cta_scene *scene, int tube, int count,
                                wadi_cta_branch *branch)
{
    const cta_tube *t = &scene->tubes[tube];
    size_t n = (size_t)(count + 1) / 2, at = 0;

    branch->count = (wadi_index)n;
    branch->points_mm = wadi_alloc(3 * n, sizeof(double));
    branch->radius_mm = wadi_alloc(n, sizeof(double));
    branch->radius_sd_mm = wadi_alloc(n, sizeof(double));
    branch->hu = wadi_alloc(n, sizeof(double));
    branch->calcium_arc_deg = wadi_alloc(n, sizeof(double));
    branch->calcium_mm2 = wadi_alloc(n, sizeof(double));
    branch->bridged = wadi_alloc(n, 1);
    for (int i = 0; i < count; i += 2, at++) {
        memcpy(branch->points_mm + 3 * at, t->point[i], sizeof t->point[i]);
        branch->bridged[at] = !t->vein && t->open[i] <= 0;
        branch->radius_mm[at] = branch->bridged[at] ? t->full[i] : t->open[i];
        branch->radius_sd_mm[at] = 0.08;
        branch->hu[at] = t->hu;
        branch->calcium_arc_deg[at] = t->vein ? 0 : drawn_arc(scene, tube, t->path[i]);
        branch->length_mm = at ? (double)at * 2 * CTA_STEP_MM : 0;
    }
    branch->kind = t->vein ? WADI_CTA_VEIN : WADI_CTA_ARTERY;
    branch->kind_confidence = 1;
    branch->vessel = drawn_vessel(t->vein ? scene->tubes[t->parent].name : t->name);
}

static inline wadi_cta *drawn_graph(const cta_scene *scene)
{
    wadi_cta *cta = wadi_alloc(1, sizeof *cta);
    wadi_index made[CTA_TUBES];

    cta->branches = wadi_alloc(CTA_TUBES, sizeof *cta->branches);
    cta->nodes = wadi_alloc(3 * CTA_TUBES, sizeof *cta->nodes);
    for (int t = 0; t < scene->tube_count; t++) {
        const cta_tube *tube = &scene->tubes[t];
        int count = tube->vein ? tube->count : drawn_count(scene, t);
        wadi_cta_branch *branch = &cta->branches[cta->branch_count];

        made[t] = WADI_NONE;
        if (count < 8)
            continue;
        made[t] = cta->branch_count++;
        drawn_branch(scene, t, count, branch);
        branch->parent = !tube->vein && tube->parent >= 0 ? made[tube->parent] : WADI_NONE;
        branch->companion = tube->vein ? made[tube->parent] : WADI_NONE;
        branch->nodes[0] = branch->parent != WADI_NONE ? cta->branches[branch->parent].nodes[1]
                                                       : cta->node_count++;
        branch->nodes[1] = cta->node_count++;
    }
    cta->right = !scene->left;
    cta->side_known = true;
    cta->artery_hu = 350;
    cta->vein_hu = 120;
    cta->muscle_hu = 50;
    cta->noise_hu = scene->noise_hu;
    return cta;
}

#endif
