/* Devices in order, valves, closures and steps of a plan, and the cards beside it. */
#include "plan/plan_impl.h"
#include "wadi/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_LIMIT = 32, DEVICE_USE_LIMIT = 32, STENT_LIMIT = 8 };

typedef struct writer {
    planner *p;
    const candidate *plan;
    const technique_rule *rule;
    wadi_plan *out;
} writer;

static void step(writer *w, const char *part, const char *source, const char *format, ...)
    WADI_PRINTF(4, 5);

static void step(writer *w, const char *part, const char *source, const char *format, ...)
{
    wadi_plan_step *item;
    va_list args;

    if (w->out->step_count == STEP_LIMIT)
        return;
    item = &w->out->steps[w->out->step_count++];
    snprintf(item->part, sizeof item->part, "%s", part);
    snprintf(item->source, sizeof item->source, "%s", source);
    va_start(args, format);
    vsnprintf(item->text, sizeof item->text, format, args);
    va_end(args);
}

static void use_device(writer *w, const char *key, const char *vessel, double length_mm,
                       double from_mm, double to_mm)
{
    const device *item = catalogue_find(&w->p->devices, key);
    wadi_device_use *use;

    if (!item || w->out->device_count == DEVICE_USE_LIMIT)
        return;
    use = &w->out->devices[w->out->device_count++];
    snprintf(use->device, sizeof use->device, "%s", item->name);
    snprintf(use->catalogue, sizeof use->catalogue, "%s", item->key);
    snprintf(use->vessel, sizeof use->vessel, "%s", vessel);
    snprintf(use->source, sizeof use->source, "%s", item->source);
    use->diameter_mm = item->diameter_mm;
    use->diameter_to_mm = item->diameter_to_mm;
    use->length_mm = length_mm;
    use->from_mm = from_mm;
    use->to_mm = to_mm;
}

/* Extension stents from the landing back to the crossing, and `before_mm` beyond it where no
 * other stent lines gap and artery; a dedicated crossing stent goes in last. */
static int place_stents(writer *w, const char *key, double cover_mm, double before_mm,
                        const char *vein)
{
    const device *stent = catalogue_find(&w->p->devices, key);
    double lengths[STENT_LIMIT], end = cover_mm;
    int count = stent ? device_cover(stent, cover_mm + before_mm, lengths, STENT_LIMIT) : 0;

    for (int i = 0; i < count; i++) {
        double start = fmax(end - lengths[i], -before_mm);

        use_device(w, key, vein, lengths[i], start, end);
        end = start + stent->overlap_mm;
    }
    return count;
}

/* The stretch of vein that stents line: beside the conduit, that of the crossing stent. */
static double conduit_cover_mm(const writer *w)
{
    return 1e3 * (w->plan->conduit_length_m + CROSSING_IN_VEIN_M);
}

static void list_valves(writer *w)
{
    const route *way = &ROUTES[w->plan->route];
    wadi_index count;
    const wadi_limb_valve *valves = wadi_limb_valves(w->p->limb, &count);

    for (wadi_index i = 0; i < count; i++) {
        wadi_index vessel_count;
        const wadi_vessel *vessel =
            &wadi_limb_vessels(w->p->limb, &vessel_count)[valves[i].vessel];
        bool mine = false, plantar = false;

        for (int v = 0; v < ROUTE_VEIN_LIMIT; v++) {
            if (way->veins[v] && !strcmp(vessel->name, way->veins[v]))
                mine |= v || valves[i].at_m >= w->plan->vein_at_m;
            if (way->lyse[v] && !strcmp(vessel->name, way->lyse[v]))
                mine = plantar = true;
        }
        if (!mine || valves[i].state == WADI_VALVE_ABSENT ||
            valves[i].state == WADI_VALVE_LYSED)
            continue;
        wadi_valve_lysed *item = &w->out->valves[w->out->valve_count++];

        snprintf(item->vessel, sizeof item->vessel, "%s", vessel->name);
        item->at_mm = 1e3 * valves[i].at_m;
        /* Malleolar and plantar levels (seed 0): the last 60 mm above the ankle and all below.
         */
        item->high_risk = plantar || !strcmp(vessel->name, "CPV") ||
                          !strcmp(vessel->name, "DPVX") ||
                          valves[i].at_m > vessel->length_m - 0.06;
    }
}

static void list_closures(writer *w)
{
    for (int i = 0; i < ESCAPE_COUNT; i++)
        if (w->plan->closures & (1u << i))
            snprintf(w->out->closures[w->out->closure_count++], WADI_NAME_SIZE, "%s",
                     ESCAPES[i]);
}

static const char *title_of(const writer *w, const char *vessel)
{
    wadi_index index = wadi_limb_vessel(w->p->limb, vessel), count;

    return index == WADI_NONE ? vessel : wadi_limb_vessels(w->p->limb, &count)[index].title;
}

static void step_inflow(writer *w)
{
    if (w->plan->treat_inflow)
        step(w, "prepare", "seeds 0, 2", "Treat the inflow first: %s, narrowed by %.0f %%.",
             title_of(w, w->p->inflow_lesion), 100 * w->p->inflow_narrowing);
}

static void step_closures(writer *w)
{
    char covered[16][WADI_NAME_SIZE];
    int count = candidate_covered(w->p->limb, w->plan, covered, 16);
    char text[WADI_TEXT_SIZE] = "";
    size_t used = 0;

    for (int i = 0; i < count && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? ", " : "",
                                 covered[i]);
    if (count)
        step(w, "shunting", "seed 1",
             "The covered stents seal their side veins from the conduit: %s.", text);
    for (wadi_index i = 0; i < w->out->closure_count; i++) {
        step(w, "shunting", "seed 0", "Close the %s (%s) by coil or ligature.",
             title_of(w, w->out->closures[i]), w->out->closures[i]);
        use_device(w, "coil", w->out->closures[i], NAN, NAN, NAN);
    }
    if (!count && !w->out->closure_count)
        step(w, "shunting", "seed 1",
             "No branch needs closing in this model; check the completion angiogram.");
}

static void step_valves(writer *w, const char *device_key, const char *how, const char *source)
{
    use_device(w, device_key, ROUTES[w->plan->route].veins[0], NAN, NAN, NAN);
    step(w, "valves", source,
         "%s: %d valves from the crossing to the last one in the foot; special attention at "
         "malleolar and plantar level.",
         how, w->out->valve_count);
}

static void percutaneous_steps(writer *w, bool dedicated)
{
    const wadi_crossing *c = &w->plan->crossing;
    const char *vein = ROUTES[w->plan->route].veins[0], *landing = w->out->landing;
    bool tight =
        c->calcium >= WADI_CALCIUM_MODERATE || c->artery_lumen_mm < 7 * WADI_MM_PER_FRENCH;

    use_device(w, "arterial_sheath", "CFA", NAN, NAN, NAN);
    use_device(w, "venous_sheath", vein, NAN, NAN, NAN);
    use_device(w, "crossing_wire", vein, NAN, NAN, NAN);
    use_device(w, "support_wire", "MMV", NAN, NAN, NAN);
    step_inflow(w);
    if (tight)
        step(w, "prepare", "seed 0",
             "Predilate %s down to the crossing: lumen %.1f mm against a 7 F device, "
             "calcium grade %d of 3.",
             title_of(w, c->artery), c->artery_lumen_mm, (int)c->calcium);
    step(w, "access", "seed 0",
         "Long 7 F antegrade sheath through the common femoral artery to the distal "
         "popliteal artery or tibioperoneal trunk; confirm uninterrupted inflow.");
    step(w, "access", "seeds 0, 1",
         "Ultrasound-guided distal venous access with a tourniquet: posterior tibial vein "
         "at the malleolus (seed 0) or lateral plantar vein (seed 1); 5 F sheath.");
    step(w, "fistula", "seeds 0, 1",
         "Double injection: confirm the crossing %s to %s, %.0f mm below the origin, gap "
         "%.1f mm (%s).",
         c->artery, c->vein, c->from_origin_mm, c->gap_mm,
         c->gap_measured ? "measured" : "reference leg");
    if (dedicated) {
        use_device(w, "dedicated_basket", vein, NAN, NAN, NAN);
        use_device(w, "dedicated_crossing_catheter", c->artery, NAN, NAN, NAN);
        step(w, "fistula", "seed 1",
             "Align the crossing catheter with the 6 mm basket in the vein and advance the "
             "needle (reach 10 mm); 0.014 in wire through the crossing and down the vein.");
    } else {
        use_device(w, crossing_device(w->p, w->rule), c->artery, NAN, NAN, NAN);
        step(w, "fistula", "seeds 1, 2",
             "Cross with a re-entry catheter; alternatives: snares and through-needle "
             "(VAST), or AV spear where the vein lies over the artery near the ankle. Vein to "
             "artery is possible.");
    }
    use_device(w, "connection_balloon", c->artery, NAN, NAN, NAN);
    step(w, "fistula", "seed 1",
         "Open the connection with a small balloon; exchange for a 0.018 in support wire "
         "into the marginal vein.");
    if (dedicated)
        step_valves(w, "dedicated_valvulotome", "4 F over-the-wire push valvulotome",
                    "seeds 0, 1");
    else
        step_valves(w, "offshelf_balloon",
                    "Long balloon inflations (less reliable than a valvulotome)", "seed 1");
    use_device(w, "predilatation_balloon", vein, NAN, NAN, NAN);
    step(w, "fistula", "seed 0", "Predilate the tibial vein with a 5 mm balloon.");
    double before_mm = dedicated ? 0 : 1e3 * (w->rule->crossing_length_m - CROSSING_IN_VEIN_M);
    int stents = place_stents(w, w->rule->stent_device, conduit_cover_mm(w), before_mm, vein);
    step(w, "shunting", dedicated ? "seeds 0, 1" : "seed 2",
         "%d covered stents of 5 mm from the %s landing up to the "
         "crossing, %.0f mm in all.",
         stents, landing, conduit_cover_mm(w));
    if (dedicated) {
        use_device(w, "dedicated_crossing_stent", c->artery, 40, 0, 40);
        step(w, "fistula", "seed 0",
             "Tapered covered stent 3.5-5.5 x 40 mm across the crossing, last.");
    }
    step_closures(w);
    step(w, "finish", "seed 0",
         "Completion angiogram: brisk filling of the plantar arch; withdraw the wire from the "
         "arch before judging its outflow.");
}

static void open_steps(writer *w)
{
    const wadi_crossing *c = &w->plan->crossing;
    bool superficial = w->plan->technique == WADI_SURGICAL_SUPERFICIAL,
         hybrid = w->plan->technique == WADI_HYBRID;

    step_inflow(w);
    if (superficial) {
        step(w, "access", "seed 0",
             "Expose the great saphenous vein at the knee and the medial marginal vein on the "
             "dorsum of the foot.");
        step(w, "fistula", "seed 0",
             "Anastomose the great saphenous vein, in place, end to side to %s; tie it above.",
             title_of(w, c->artery));
        step_valves(w, "valvulotome_surgical",
                    "Expandable valvulotome from a venotomy at the marginal vein; distal "
                    "valves of hallux and arch antegrade with a probe",
                    "seed 0");
        step(w, "shunting", "seed 0",
             "Ligate every tributary of the great saphenous vein in the calf.");
    } else {
        use_device(w, w->rule->bypass_device, c->artery, 1e3 * w->plan->conduit_length_m, NAN,
                   NAN);
        step(w, "fistula", "seed 0", "%s from %s to %s.",
             hybrid ? "Bypass conduit" : "Vein graft", title_of(w, c->artery),
             hybrid ? "the proximal posterior tibial vein"
                    : "a posterior tibial vein at the malleolus, tied above");
        step_valves(w, hybrid ? "dedicated_valvulotome" : "valvulotome_surgical",
                    hybrid ? "Percutaneous valvulotome through the conduit"
                           : "Valvulotome; fewer valves than in the "
                             "superficial system, the last at the midfoot",
                    "seed 0");
        if (hybrid) {
            int stents =
                place_stents(w, w->rule->stent_device, conduit_cover_mm(w), 0, c->vein);

            step(w, "shunting", "seeds 0, 1",
                 "Line the vein with %d covered stents of 5 mm to the %s landing.", stents,
                 w->out->landing);
        }
    }
    step_closures(w);
    step(w, "finish", "seed 0",
         "Completion angiogram: perfusion of the foot through the arch.");
}

wadi_status steps_fill(planner *p, const candidate *plan, wadi_plan *out, wadi_error *err)
{
    writer w = {p, plan, technique_find(plan->technique), out};
    wadi_index valve_count;

    wadi_limb_valves(p->limb, &valve_count);
    out->devices = wadi_alloc(DEVICE_USE_LIMIT, sizeof *out->devices);
    out->valves = wadi_alloc((size_t)valve_count, sizeof *out->valves);
    out->closures = wadi_alloc(ESCAPE_LIMIT, sizeof *out->closures);
    out->steps = wadi_alloc(STEP_LIMIT, sizeof *out->steps);
    if (!out->devices || !out->valves || !out->closures || !out->steps)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the steps of a plan");
    list_valves(&w);
    list_closures(&w);
    if (w.rule->needle)
        percutaneous_steps(&w, plan->technique == WADI_PERCUTANEOUS_DEDICATED);
    else
        open_steps(&w);
    return WADI_OK;
}

// clang-format off
static const struct { int day; const char *text, *source; } FOLLOW[] = {
    {1, "Duplex volume flow and peak velocity in the conduit; foot: bluish colour and swelling are expected", "seed 0"},
    {14, "Duplex; alerts at 100 and 195 mL/min, 55 cm/s, or a fall of 20 % in a month", "Huizing 2021; Schreve 2020; seed 0"},
    {28, "Duplex, TcPO2; partial arch filling: consider angioplasty of the arch", "Huizing 2021; seed 2"},
    {42, "TcPO2 and wound: improvement is expected from about 6 weeks; without it think of shunting or inflow stenosis", "seed 0"},
    {90, "Duplex, TcPO2, wound; end of the first three months, in which 88 % of reinterventions fell", "seed 1"},
    {180, "Duplex, TcPO2, wound", "seed 1"},
    {365, "Duplex, then for life", "NICE IPG773"},
};
// clang-format on

wadi_status steps_follow(wadi_plan_result *result, wadi_error *err)
{
    result->follow = wadi_alloc(WADI_COUNT_OF(FOLLOW), sizeof *result->follow);
    if (!result->follow)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the follow-up");
    for (size_t i = 0; i < WADI_COUNT_OF(FOLLOW); i++) {
        wadi_follow_line *line = &result->follow[result->follow_count++];

        line->day = FOLLOW[i].day;
        snprintf(line->text, sizeof line->text, "%s", FOLLOW[i].text);
        snprintf(line->source, sizeof line->source, "%s", FOLLOW[i].source);
    }
    return WADI_OK;
}
