/* Shared by the files of the planner. */
#ifndef WADI_PLAN_IMPL_H
#define WADI_PLAN_IMPL_H

#include "base/base_impl.h"
#include "wadi/plan.h"
#include "wadi/selection.h"

/* ---- devices (catalogue.c) ---- */
enum { DEVICE_LIMIT = 48, DEVICE_LENGTH_LIMIT = 8 };

typedef struct device {
    char key[40], name[96], kind[24], system[16], source[WADI_SOURCE_SIZE];
    double diameter_mm, diameter_to_mm, reach_mm, sheath_f, profile_f, wire_in;
    double vessel_min_mm, vessel_max_mm, overlap_mm; /* NaN where it has none */
    double lengths_mm[DEVICE_LENGTH_LIMIT];
    int length_count;
} device;

typedef struct catalogue {
    device items[DEVICE_LIMIT];
    int count;
} catalogue;

wadi_status catalogue_read(catalogue *out, wadi_error *err) WADI_MUST_USE;
const device *catalogue_find(const catalogue *list, const char *key); /* NULL: none */
/* Does a device that needs sheath_f pass a sheath of that French size, over that wire? */
bool device_fits(const device *inner, double sheath_f, double wire_in);
/* Fewest stents of the device's lengths that cover `cover_mm` with its overlap. Returns how
 * many. */
int device_cover(const device *stent, double cover_mm, double *lengths_mm, int limit);

/* ---- techniques (technique.c) ---- */
typedef struct technique_rule {
    wadi_technique technique;
    const char *name, *title;
    int tier;    /* endovascular first (seed 0): lower is preferred */
    bool needle; /* an artery-vein gap is crossed */
    const char *crossing_device, *stent_device, *bypass_device;
    wadi_valve_state lysis; /* what the technique leaves of a valve */
    double crossing_radius_from_m, crossing_radius_to_m, crossing_length_m, conduit_radius_m;
    double crossing_loss_k;
    const char *source;
} technique_rule;

const technique_rule *technique_find(wadi_technique technique);

/* A way from a recipient vein down to the foot. */
enum { ROUTE_VEIN_LIMIT = 4 };
typedef struct route {
    const char *name;
    const char *veins[ROUTE_VEIN_LIMIT]; /* from the crossing towards the foot; NULL ends */
    const char *lyse[ROUTE_VEIN_LIMIT];  /* beyond the landing, valves to destroy */
    struct {
        const char *name;
        int covered; /* how many of `veins` the conduit covers */
        bool crosses_ankle;
    } landings[2];
    bool superficial;
} route;

extern const route ROUTES[];
extern const int ROUTE_COUNT;
/* Donor arteries of a percutaneous crossing. */
extern const char *const DONORS[];
/* Branches whose closure the search considers. */
extern const char *const ESCAPES[];
enum { ESCAPE_LIMIT = 12 };
extern const int ESCAPE_COUNT;
/* A user's own leg file must have every vessel that the templates name. */
wadi_status technique_check_leg(const wadi_limb *limb, wadi_error *err) WADI_MUST_USE;

/* ---- one candidate ---- */
typedef struct candidate {
    wadi_technique technique;
    int route, landing;
    wadi_index artery; /* vessel */
    double artery_at_m, vein_at_m;
    wadi_crossing crossing;
    unsigned closures; /* bit i: ESCAPES[i] */
    bool treat_inflow;
    bool lyse, prevent_shunt, make_fistula; /* the three parts; all true in a complete plan */
    double objective;
    double conduit_length_m;
    double violation; /* 0 when every constraint holds */
    /* Where the gap was measured, the place that flow alone would choose on this pair. */
    bool by_gap;
    double flow_artery_at_m, flow_vein_at_m;
    wadi_crossing flow_crossing;
} candidate;

/* Part of the crossing stent that lies in the vein; the rest bridges the gap and lines the
 * artery. */
#define CROSSING_IN_VEIN_M 0.025
/* The leg after a candidate (apply.c). *conduit is the segment that carries the conduit flow.
 */
wadi_status candidate_apply(const wadi_limb *before, const candidate *plan, wadi_limb **after,
                            wadi_index *conduit, wadi_error *err) WADI_MUST_USE;
/* Vessels whose branches the conduit covers, as seen on the leg before. Returns how many. */
int candidate_covered(const wadi_limb *before, const candidate *plan,
                      char (*names)[WADI_NAME_SIZE], int limit);

/* ---- outcome (outcome.c): one number per band of wadi_outcome ---- */
enum { OUTCOME_COUNT = sizeof(wadi_outcome) / sizeof(wadi_band) };
typedef struct point {
    double value[OUTCOME_COUNT];
} point;
#define OUTCOME_INDEX(member) (offsetof(wadi_outcome, member) / sizeof(wadi_band))

typedef struct measure {
    wadi_index conduit; /* segment, WADI_NONE before */
    wadi_index wound_bed, toe;
    wadi_index crossing_node, donor_end;         /* node and segment, WADI_NONE where none */
    double before_inflow_m3_s, before_foot_m3_s; /* < 0: this is the leg before */
} measure;

void outcome_point(const wadi_limb *limb, const wadi_model *model,
                   const wadi_steady_result *flow, const measure *what, point *out);
double foot_arterial_inflow(const wadi_limb *limb, const wadi_steady_result *flow);
void outcome_from_point(const point *nominal, wadi_outcome *out); /* low and high: NaN */

/* ---- wishes (wishes.c) ---- */
typedef struct step_wishes {
    unsigned forced_closures, forbidden_closures; /* bits of ESCAPES */
    bool no_fistula, no_lysis, no_shunt_prevention, leave_inflow;
} step_wishes;
wadi_status wishes_read(const wadi_case *the_case, step_wishes *out,
                        wadi_error *err) WADI_MUST_USE;
unsigned escape_bit(const char *name); /* 0: none of ESCAPES */

/* ---- the planner's state ---- */
typedef struct limits {
    double conduit_min, conduit_warn, capillary_max, arch_max, steal_max, share_max;
} limits;

typedef struct worker {
    wadi_steady *solver;
    long solves;
    double residual, mass_balance;
    const double *start_pa; /* (start_count) where its solves start; NULL: cold */
    wadi_index start_count;
} worker;

enum { WORKER_LIMIT = 64, TOP_LIMIT = 3 };

typedef struct planner {
    const wadi_case *the_case;
    wadi_plan_options options;
    catalogue devices;
    wadi_model_table table;
    wadi_model model;
    wadi_limb *limb;
    limits limit;
    step_wishes wish;
    wadi_index wound_bed, toe;
    double before_inflow_m3_s, before_foot_m3_s;
    double donor_before_ml_min; /* native flow at the far end of the plan's donor, before */
    point before;
    worker workers[WORKER_LIMIT];
    int worker_count;
    bool inflow_stenosed, inflow_open;
    char inflow_lesion[WADI_NAME_SIZE];
    double inflow_narrowing;
} planner;

/* Solve a limb with one worker's solver and keep its statistics. */
wadi_status planner_solve(planner *p, worker *w, const wadi_limb *limb, const wadi_model *model,
                          double reference_inflow_m3_s, wadi_steady_result *out,
                          wadi_error *err) WADI_MUST_USE;
/* Let every worker start from these pressures (borrowed) until told otherwise; NULL: cold. The
 * answer stays within the solver's tolerance, and is the same for any number of threads. */
void planner_start_from(planner *p, const double *start_pa, wadi_index start_count);
/* Flow of a candidate with the nominal model: its point, objective and violation. */
wadi_status planner_evaluate(planner *p, worker *w, candidate *plan, point *out,
                             wadi_error *err) WADI_MUST_USE;

/* ---- crossing (crossing.c) ---- */
/* Catalogue key of what makes the crossing: the technique's, or the one wished for. */
const char *crossing_device(const planner *p, const technique_rule *rule);
/* All crossings of a technique on the grid that its constraints allow. Free *list. *refusal is
 * set to the strongest reason when there are none. */
wadi_status crossing_list(planner *p, const technique_rule *rule, candidate **list,
                          wadi_index *count, char refusal[WADI_TEXT_SIZE],
                          char refusal_rule[16], wadi_error *err) WADI_MUST_USE;

/* ---- search (search.c) ---- */
typedef struct found_plans {
    candidate
        *best; /* best of each technique, donor and landing; objective falls within a tier */
    wadi_index count;
    char refusal[WADI_TECHNIQUE_COUNT][WADI_TEXT_SIZE];
    char refusal_rule[WADI_TECHNIQUE_COUNT][16];
} found_plans;
wadi_status search_all(planner *p, found_plans *out, wadi_error *err) WADI_MUST_USE;
/* Least gap of a measured profile, away from its ends; false where none was measured. */
bool crossing_least_gap(const planner *p, const char *artery, const char *vein, double *at_mm,
                        double *gap_mm);
/* The best plan's crossing by gap beside the one by flow. */
wadi_status search_sites(planner *p, const candidate *best, wadi_plan_result *result,
                         wadi_error *err) WADI_MUST_USE;
void found_clear(found_plans *list);
wadi_status search_tradeoffs(planner *p, const candidate *best, wadi_plan_result *result,
                             wadi_error *err) WADI_MUST_USE;

/* ---- what if (whatif.c) ---- */
/* One change at a time to result->plans[0], which must be filled. */
wadi_status whatif_fill(planner *p, const candidate *best, wadi_plan_result *result,
                        wadi_error *err) WADI_MUST_USE;

/* ---- waveforms (waves.c) ---- */
/* Waves before and after each of result->plans, which must be filled. Where the linear level
 * finds no mean the plan stands without waves, and a warning says so. */
wadi_status waves_fill(planner *p, wadi_plan_result *result, wadi_error *err) WADI_MUST_USE;

/* ---- verdict (verdict.c) ---- */
wadi_status verdict_decide(planner *p, wadi_plan_result *result, wadi_error *err) WADI_MUST_USE;
wadi_status verdict_with_plan(planner *p, const candidate *best, wadi_plan_result *result,
                              wadi_error *err) WADI_MUST_USE;
/* Warnings that only a plan shows: sole run-off, collaterals, angle, inflow. */
wadi_status verdict_plan_warnings(planner *p, const candidate *plan, wadi_plan *out,
                                  wadi_error *err) WADI_MUST_USE;
wadi_status notes_add(wadi_notes *notes, const char *rule, const char *heading,
                      const char *source, wadi_error *err, const char *format, ...)
    WADI_PRINTF(6, 7) WADI_MUST_USE;

/* ---- what is written for people (steps.c) ---- */
wadi_status steps_fill(planner *p, const candidate *plan, wadi_plan *out,
                       wadi_error *err) WADI_MUST_USE;
wadi_status steps_follow(wadi_plan_result *result, wadi_error *err) WADI_MUST_USE;
/* The drug card (drugs.c). */
wadi_status drugs_fill(const planner *p, wadi_plan_result *result,
                       wadi_error *err) WADI_MUST_USE;

/* What to measure on the leg before, and on the leg of a filled plan. */
measure measure_before(const planner *p);
measure measure_after(const planner *p, const wadi_plan *plan);

/* ---- bands (bands.c) ---- */
/* 5 % and 95 % points of the leg before and of result->plans, whose limbs are set. */
wadi_status bands_fill(planner *p, wadi_plan_result *result, wadi_error *err) WADI_MUST_USE;

#endif
