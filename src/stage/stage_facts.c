/* From case and limb to the facts of the selection rules. */
#include "stage/stage_case_impl.h"

#include <string.h>

/* The stretch of a crural artery that a crossing 20-30 mm below the origin needs open. */
static const double PROXIMAL_M = 0.030;
/* A dialysis fistula counts as high output from the first, as normal below the second: our
 * limits, no document gives one. */
static const double HIGH_OUTPUT_ML_MIN = 1500, NORMAL_OUTPUT_ML_MIN = 1000;

const char *const WADI_CRURAL[3] = {"ATA", "PTA", "PER"};

static wadi_maybe of_tri(wadi_tri tri)
{
    return (wadi_maybe){tri != WADI_UNKNOWN, tri == WADI_YES};
}

static wadi_maybe known(double value)
{
    return (wadi_maybe){true, value};
}

const wadi_finding *wadi_stage_finding(const wadi_case *the_case, const char *vessel)
{
    for (wadi_index i = 0; i < the_case->vessel_count; i++)
        if (!strcmp(the_case->vessels[i].vessel, vessel))
            return &the_case->vessels[i];
    return NULL;
}

bool wadi_stage_is_stated(const wadi_case *the_case, const char *vessel)
{
    const wadi_finding *finding = wadi_stage_finding(the_case, vessel);

    return finding && (finding->patent != WADI_UNKNOWN || finding->lesion_count);
}

bool wadi_stage_is_open(const wadi_limb *limb, const char *vessel, double from_frac,
                        double to_frac)
{
    wadi_index index = wadi_limb_vessel(limb, vessel), count;
    double length_m;

    if (index == WADI_NONE)
        return false;
    length_m = wadi_limb_vessels(limb, &count)[index].length_m;
    return wadi_limb_is_open(limb, index, from_frac * length_m, to_frac * length_m);
}

/* A vein is patent when stated so or measured, unless it holds thrombus or does not compress.
 */
static wadi_maybe vein_patent(const wadi_case *the_case, const char *vessel)
{
    const wadi_finding *finding = wadi_stage_finding(the_case, vessel);

    if (!finding)
        return (wadi_maybe){0};
    if (finding->patent == WADI_NO || finding->thrombus == WADI_YES ||
        finding->compressible == WADI_NO)
        return known(0);
    return finding->diameter_count ? known(1) : of_tri(finding->patent);
}

/* Either of a pair suffices; only both absent are absent. */
static wadi_maybe pair_patent(const wadi_case *the_case, const char *a, const char *b)
{
    wadi_maybe first = vein_patent(the_case, a), second = vein_patent(the_case, b);

    if ((first.known && first.value != 0) || (second.known && second.value != 0))
        return known(1);
    return first.known && second.known ? known(0) : (wadi_maybe){0};
}

/* Deep thrombus by statement or by a finding in a deep vein. */
static wadi_maybe thrombosis(const wadi_case *the_case)
{
    static const char *const DEEP[] = {"EIV",  "CFV",  "PFV",   "FV",    "POPV", "TPTV",
                                       "PTV1", "PTV2", "PERV1", "PERV2", "ATV1", "ATV2"};

    for (size_t i = 0; i < WADI_COUNT_OF(DEEP); i++) {
        const wadi_finding *finding = wadi_stage_finding(the_case, DEEP[i]);

        if (finding && finding->thrombus == WADI_YES)
            return known(1);
    }
    return of_tri(the_case->patient.dvt);
}

static bool reaches_ankle(const wadi_limb *limb, const char *crural)
{
    bool trunk = !strcmp(crural, "ATA") || wadi_stage_is_open(limb, "TPT", 0, 1);

    return trunk && wadi_stage_is_open(limb, crural, 0, 1);
}

static bool proximal_open(const wadi_limb *limb, const char *crural)
{
    wadi_index index = wadi_limb_vessel(limb, crural);
    bool trunk = !strcmp(crural, "ATA") || wadi_stage_is_open(limb, "TPT", 0, 1);

    return trunk && index != WADI_NONE && wadi_limb_is_open(limb, index, 0, PROXIMAL_M);
}

/* The case says something of the arteries of the calf. */
static bool arteries_imaged(const wadi_case *the_case)
{
    for (int i = 0; i < 3; i++)
        if (wadi_stage_finding(the_case, WADI_CRURAL[i]))
            return true;
    return the_case->presentation.no_option_imaging == WADI_YES;
}

static void arterial_facts(const wadi_case *the_case, const wadi_limb *limb, const char *donor,
                           wadi_dva_facts *out)
{
    int proximal = 0, open = 0, others = 0;
    bool donor_open = false;
    bool femoral =
        wadi_stage_is_open(limb, "EIA", 0, 1) && wadi_stage_is_open(limb, "CFA", 0, 1);
    bool popliteal = wadi_stage_is_open(limb, "POP", 0, 1);

    out->hybrid_possible = known(femoral);
    if (!arteries_imaged(the_case))
        return;
    for (int i = 0; i < 3; i++) {
        bool reaches = reaches_ankle(limb, WADI_CRURAL[i]);
        bool is_donor = donor && !strcmp(donor, WADI_CRURAL[i]);

        proximal += proximal_open(limb, WADI_CRURAL[i]);
        open += reaches;
        donor_open = donor_open || (is_donor && reaches);
        others += !is_donor && reaches;
    }
    out->proximal_tibial_patent = known(proximal);
    out->patent_tibials = known(open);
    /* The only artery that still comes down to the ankle, taken as donor. */
    if (donor)
        out->donor_is_only_runoff = known(donor_open && !others);
    out->popliteal_occluded = known(!popliteal);
    /* With the femoropopliteal shut, a bypass from an open femoral artery still has inflow: a
     * hybrid. What then bars the percutaneous way is the technique's concern, not the leg's. */
    out->inflow_ok = known(femoral);
}

static wadi_maybe fistula_output(const wadi_patient *patient)
{
    double flow = patient->dialysis_fistula_flow_ml_min.value;

    if (!patient->dialysis_fistula_flow_ml_min.known)
        return patient->dialysis == WADI_NO ? known(0) : (wadi_maybe){0};
    if (flow >= HIGH_OUTPUT_ML_MIN)
        return known(1);
    return flow < NORMAL_OUTPUT_ML_MIN ? known(0) : (wadi_maybe){0};
}

static void patient_facts(const wadi_case *the_case, wadi_dva_facts *out)
{
    const wadi_patient *patient = &the_case->patient;
    const wadi_infection *infection = &the_case->infection;

    out->poor_cardiac = of_tri(patient->poor_cardiac_function);
    out->coronary_lesions = of_tri(patient->coronary_lesions);
    out->dialysis = of_tri(patient->dialysis);
    out->dvt = thrombosis(the_case);
    out->high_output_avf = of_tri(patient->high_output_fistula);
    if (!out->high_output_avf.known)
        out->high_output_avf = fistula_output(patient);
    out->sepsis = of_tri(infection->sepsis);
    out->access_site_infected = of_tri(infection->access_site_infected);
    out->infection_controlled = of_tri(infection->controlled);
    /* No infection is a controlled one. */
    if (!out->infection_controlled.known &&
        ((infection->signs.known && infection->signs.value < 2) ||
         (infection->wifi_infection.known && infection->wifi_infection.value == 0)))
        out->infection_controlled = known(1);
}

wadi_no_option_state wadi_stage_no_option(const wadi_case *the_case)
{
    const wadi_presentation *p = &the_case->presentation;

    if (p->no_option == WADI_UNKNOWN)
        return WADI_NO_OPTION_NOT_DECLARED;
    if (p->no_option == WADI_NO)
        return WADI_NO_OPTION_REFUTED;
    return p->no_option_imaging == WADI_YES && p->no_option_review == WADI_YES
               ? WADI_NO_OPTION_SUPPORTED
               : WADI_NO_OPTION_UNSUPPORTED;
}

wadi_status wadi_stage_facts(const wadi_case *the_case, const wadi_limb *limb,
                             const char *donor, wadi_dva_facts *out, wadi_error *err)
{
    const wadi_presentation *p = &the_case->presentation;
    wadi_no_option_state no_option = wadi_stage_no_option(the_case);
    wadi_dva_facts facts = {0};

    if (!donor)
        donor = the_case->wishes.donor;
    if (donor && wadi_limb_vessel(limb, donor) == WADI_NONE)
        return wadi_fail(err, WADI_ERR_KEY, "the leg has no donor vessel '%s'", donor);
    facts.rutherford = p->rutherford;
    if (no_option == WADI_NO_OPTION_REFUTED || no_option == WADI_NO_OPTION_SUPPORTED)
        facts.no_option = known(no_option == WADI_NO_OPTION_SUPPORTED);
    facts.conservative_failed = of_tri(the_case->conservative.failed);
    facts.ali = known(p->onset_word == WADI_ACUTE);
    facts.failed_lysis = of_tri(p->failed_lysis);
    facts.no_pedal = (wadi_maybe){p->pedal_flow != WADI_UNKNOWN, p->pedal_flow == WADI_NO};
    facts.extensive_loss = of_tri(p->extensive_tissue_loss);
    facts.venous_imaging = of_tri(the_case->venous_imaging);
    facts.ptv_patent = pair_patent(the_case, "PTV1", "PTV2");
    facts.lpv_patent = vein_patent(the_case, "LPV");
    facts.arch_patent = vein_patent(the_case, "VARCH");
    patient_facts(the_case, &facts);
    arterial_facts(the_case, limb, donor, &facts);
    for (wadi_index i = 0; i < the_case->gap_count; i++)
        if (the_case->gaps[i].membrane == WADI_YES &&
            (!donor || !strcmp(donor, the_case->gaps[i].artery)))
            facts.crossing_adverse = known(1);
    *out = facts;
    return WADI_OK;
}
