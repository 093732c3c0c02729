/* Keys, units, ranges and words of the case file. Ranges marked "engineering" are there to
 * catch slips of unit (cm for mm, fraction for percent), not to judge a patient. */
#include "limb/case_impl.h"

// clang-format off
#define AT(type, member)                .offset = offsetof(type, member)
#define NUMBER(type, member, k, u, h0, h1, s0, s1, d, s)                                         \
    {.kind = FIELD_NUMBER, .key = k, AT(type, member), .unit = u, .hard_min = h0, .hard_max = h1, \
     .soft_min = s0, .soft_max = s1, .doc = d, .source = s}
#define WHOLE(type, member, k, h0, h1, d, s)                                                     \
    {.kind = FIELD_WHOLE, .key = k, AT(type, member), .unit = "", .hard_min = h0, .hard_max = h1, \
     .soft_min = h0, .soft_max = h1, .doc = d, .source = s}
#define FLAG(type, member, k, d, s)                                                              \
    {.kind = FIELD_FLAG, .key = k, AT(type, member), .unit = "", .doc = d, .source = s}
#define WORD(type, member, k, w, d, s)                                                           \
    {.kind = FIELD_WORD, .key = k, AT(type, member), .words = w, .unit = "", .doc = d, .source = s}
#define TEXT(type, member, k, d) {.kind = FIELD_TEXT, .key = k, AT(type, member), .unit = "", .doc = d, .source = ""}
#define DATE(type, member, k, d) {.kind = FIELD_DATE, .key = k, AT(type, member), .unit = "", .doc = d, .source = ""}
#define VESSEL(type, member, k, d) {.kind = FIELD_VESSEL, .key = k, AT(type, member), .unit = "", .doc = d, .source = "reference leg"}
#define OBJECT(type, member, k, f, d) {.kind = FIELD_OBJECT, .key = k, AT(type, member), .fields = f, .unit = "", .doc = d, .source = ""}
#define ARRAY(type, member, count, element, k, f, d)                                             \
    {.kind = FIELD_ARRAY, .key = k, AT(type, member), .count_offset = offsetof(type, count),      \
     .element_bytes = sizeof(element), .fields = f, .unit = "", .doc = d, .source = ""}
#define REQUIRED .required = true

static const char ENGINEERING[] = "engineering";
static const char SEED0[] = "seed 0";
static const char SEED1[] = "seed 1";
static const char SEED2[] = "seed 2";

static const char *const SEXES[] = {"female", "male", NULL};
static const char *const SIDES[] = {"left", "right", NULL};
static const char *const ORIGINS[] = {"made_up", "published", "unstated", NULL};
static const char *const ONSETS[] = {"chronic", "acute", NULL};
static const char *const ACUTE_CLASSES[] = {"I", "IIa", "IIb", "III", NULL};
static const char *const LESION_KINDS[] = {"stenosis", "occlusion", NULL};
static const char *const CALCIUM[] = {"none", "mild", "moderate", "severe", NULL};
static const char *const ENTRIES[] = {"tapered", "blunt", NULL};
static const char *const VALVE_STATES[] = {"competent", "partly_effaced", "lysed", "absent", NULL};
static const char *const PRESSURE_KINDS[] = {"brachial", "ankle", "toe", "tcpo2", NULL};
static const char *const MODALITIES[] = {"duplex", "phlebography", "mri", "cta", "dsa", "ivus", "doppler",
                                         "plethysmography", "operator", NULL};
static const char *const TECHNIQUES[] = {"percutaneous_dedicated", "percutaneous_offshelf",
                                         "surgical_deep", "surgical_superficial", "hybrid", NULL};
static const char *const CROSSING_METHODS[] = {"reentry", "vast", "av_spear", NULL};
static const char *const WOUND_KINDS[] = {"ulcer", "gangrene", NULL};
/* The same words, in the same order, name the foot beds of the reference leg. */
static const char *const WOUND_SITES[] = {
    "hallux", "second_toe", "third_toe", "fourth_toe", "fifth_toe", "medial_plantar",
    "lateral_plantar", "medial_calcaneal", "lateral_calcaneal", "dorsalis_pedis",
    "anterior_perforating", NULL};

static const field PATIENT[] = {
    NUMBER(wadi_patient, age_years, "age_years", "years", 0, 120, 18, 95, "age", "trial range of PROMISE II"),
    WORD(wadi_patient, sex_word, "sex", SEXES, "sex", ""),
    NUMBER(wadi_patient, height_cm, "height_cm", "cm", 50, 250, 130, 210, "height; scales the leg", ENGINEERING),
    NUMBER(wadi_patient, weight_kg, "weight_kg", "kg", 20, 350, 35, 200, "weight", ENGINEERING),
    NUMBER(wadi_patient, heart_rate_bpm, "heart_rate_bpm", "1/min", 20, 300, 30, 220, "heart rate", ENGINEERING),
    NUMBER(wadi_patient, systolic_mmhg, "systolic_mmhg", "mmHg", 40, 300, 80, 220, "systolic arm pressure", ENGINEERING),
    NUMBER(wadi_patient, diastolic_mmhg, "diastolic_mmhg", "mmHg", 20, 200, 40, 130, "diastolic arm pressure", ENGINEERING),
    NUMBER(wadi_patient, central_venous_pressure_mmhg, "central_venous_pressure_mmhg", "mmHg", -5, 40, 0, 20, "central venous pressure", ENGINEERING),
    NUMBER(wadi_patient, haematocrit_frac, "haematocrit_frac", "fraction", 0.1, 0.7, 0.2, 0.6, "haematocrit; sets the viscosity", ENGINEERING),
    NUMBER(wadi_patient, haemoglobin_g_dl, "haemoglobin_g_dl", "g/dL", 3, 25, 6, 20, "haemoglobin; sets the oxygen content", ENGINEERING),
    NUMBER(wadi_patient, plasma_protein_g_dl, "plasma_protein_g_dl", "g/dL", 2, 15, 4, 10, "plasma protein; enters the viscosity", ENGINEERING),
    NUMBER(wadi_patient, oxygen_saturation_frac, "oxygen_saturation_frac", "fraction", 0.4, 1, 0.8, 1, "arterial oxygen saturation", ENGINEERING),
    NUMBER(wadi_patient, ejection_fraction_frac, "ejection_fraction_frac", "fraction", 0.05, 0.9, 0.15, 0.8, "left ventricular ejection fraction", ENGINEERING),
    NUMBER(wadi_patient, cardiac_output_l_min, "cardiac_output_l_min", "L/min", 0.5, 20, 2, 12, "measured cardiac output; estimated from age and body surface when absent", ENGINEERING),
    WHOLE(wadi_patient, nyha_class, "nyha_class", 1, 4, "heart failure class", "NYHA"),
    FLAG(wadi_patient, poor_cardiac_function, "poor_cardiac_function", "cardiac function judged too poor for a shunt (rule S12)", SEED1),
    FLAG(wadi_patient, coronary_lesions, "coronary_lesions", "known coronary lesions (rule S13)", SEED1),
    FLAG(wadi_patient, diabetes, "diabetes", "diabetes", SEED2),
    FLAG(wadi_patient, dialysis, "dialysis", "on dialysis (rule S20)", SEED1),
    FLAG(wadi_patient, hypertension, "hypertension", "hypertension", SEED2),
    FLAG(wadi_patient, hyperlipidaemia, "hyperlipidaemia", "hyperlipidaemia", SEED2),
    FLAG(wadi_patient, smoker, "smoker", "smoker", SEED2),
    FLAG(wadi_patient, dvt, "dvt", "deep venous thrombosis of this leg (rule S15)", SEED1),
    NUMBER(wadi_patient, dialysis_fistula_flow_ml_min, "dialysis_fistula_flow_ml_min", "mL/min", 0, 5000, 100, 3000, "flow of a dialysis fistula", ENGINEERING),
    FLAG(wadi_patient, high_output_fistula, "high_output_fistula", "a high-output dialysis fistula (rule S14)", SEED1),
    {0},
};

static const field PRESENTATION[] = {
    {.kind = FIELD_WORD, .key = "onset", AT(wadi_presentation, onset_word), .words = ONSETS, .unit = "", REQUIRED, .doc = "chronic or acute ischaemia", .source = "seeds 1, 2"},
    WHOLE(wadi_presentation, rutherford, "rutherford", 0, 6, "chronic Rutherford category", "Rutherford 1997"),
    WORD(wadi_presentation, acute_class_word, "acute_class", ACUTE_CLASSES, "acute Rutherford class at the decision", "Rutherford 1997"),
    WORD(wadi_presentation, acute_class_before_word, "acute_class_before", ACUTE_CLASSES, "acute Rutherford class before thrombolysis", "Rutherford 1997"),
    NUMBER(wadi_presentation, onset_days, "onset_days", "d", 0, 20000, 0, 4000, "time since onset", ENGINEERING),
    FLAG(wadi_presentation, failed_lysis, "failed_lysis", "thrombolysis or thrombectomy failed (rule S11b)", SEED2),
    FLAG(wadi_presentation, pedal_flow, "pedal_flow", "arterial flow reaches the foot on angiography", SEED2),
    FLAG(wadi_presentation, rest_pain, "rest_pain", "ischaemic rest pain", SEED1),
    FLAG(wadi_presentation, no_option, "no_option", "declared without a surgical or endovascular option", SEED0),
    FLAG(wadi_presentation, no_option_imaging, "no_option_imaging", "adequate arterial imaging stands behind that (NO7)", "GVG recommendation 6.19"),
    FLAG(wadi_presentation, no_option_review, "no_option_review", "a vascular specialist reviewed it (NO7)", "GVG recommendation 6.19"),
    FLAG(wadi_presentation, extensive_tissue_loss, "extensive_tissue_loss", "tissue loss too extensive for any revascularization (rule S07)", SEED0),
    FLAG(wadi_presentation, small_artery_disease, "small_artery_disease", "disease of the metatarsal and digital arteries", SEED1),
    FLAG(wadi_presentation, unsalvageable, "unsalvageable", "foot declared unsalvageable (WIfI stage 5)", "Mills 2014"),
    {0},
};

static const field WOUND[] = {
    {.kind = FIELD_WORD, .key = "site", AT(wadi_wound, site_word), .words = WOUND_SITES, .unit = "", REQUIRED, .doc = "toe or angiosome", .source = "Attinger 2006"},
    WORD(wadi_wound, kind_word, "kind", WOUND_KINDS, "ulcer or gangrene", ""),
    NUMBER(wadi_wound, area_cm2, "area_cm2", "cm2", 0, 500, 0.05, 100, "area", ENGINEERING),
    WHOLE(wadi_wound, wifi_wound, "wifi_wound", 0, 3, "WIfI wound grade", "Mills 2014"),
    {0},
};

static const field INFECTION[] = {
    WHOLE(wadi_infection, signs, "signs", 0, 5, "local signs of infection, of five", "IDSA 2012"),
    NUMBER(wadi_infection, erythema_cm, "erythema_cm", "cm", 0, 30, 0, 15, "erythema around the wound", ENGINEERING),
    NUMBER(wadi_infection, temperature_c, "temperature_c", "C", 25, 45, 34, 42, "body temperature", ENGINEERING),
    NUMBER(wadi_infection, respiratory_rate, "respiratory_rate", "1/min", 0, 80, 6, 50, "breaths per minute", ENGINEERING),
    NUMBER(wadi_infection, white_cells, "white_cells_1e9_l", "1e9/L", 0, 200, 0.5, 60, "white blood cells", ENGINEERING),
    FLAG(wadi_infection, abscess, "abscess", "abscess", "IDSA 2012"),
    FLAG(wadi_infection, osteomyelitis, "osteomyelitis", "osteomyelitis", "IDSA 2012"),
    FLAG(wadi_infection, sepsis, "sepsis", "systemic sepsis (rule S10)", SEED1),
    FLAG(wadi_infection, controlled, "controlled", "drained and treated (rule S08)", SEED0),
    FLAG(wadi_infection, access_site_infected, "access_site_infected", "infection or wound at the distal venous access (rule S09)", SEED0),
    WHOLE(wadi_infection, wifi_infection, "wifi_infection", 0, 3, "WIfI foot infection grade", "Mills 2014"),
    {0},
};

static const field PRESSURE[] = {
    {.kind = FIELD_WORD, .key = "kind", AT(wadi_pressure, kind_word), .words = PRESSURE_KINDS, .unit = "", REQUIRED, .doc = "what was measured", .source = ""},
    TEXT(wadi_pressure, site, "site", "where: artery, toe or skin site"),
    {.kind = FIELD_NUMBER, .key = "value_mmhg", AT(wadi_pressure, value_mmhg), .unit = "mmHg", .hard_min = 0, .hard_max = 300, .soft_min = 0, .soft_max = 260, REQUIRED, .doc = "systolic pressure or TcPO2", .source = ENGINEERING},
    WORD(wadi_pressure, modality_word, "modality", MODALITIES, "how it was measured", ""),
    DATE(wadi_pressure, date, "date", "when"),
    FLAG(wadi_pressure, incompressible, "incompressible", "calcified, not compressible artery", "WIfI"),
    {0},
};

static const field LESION[] = {
    {.kind = FIELD_WORD, .key = "kind", AT(wadi_lesion, kind_word), .words = LESION_KINDS, .unit = "", REQUIRED, .doc = "stenosis or occlusion", .source = ""},
    NUMBER(wadi_lesion, from_mm, "from_mm", "mm", 0, 1000, 0, 600, "start, from the vessel's heart-side end", ENGINEERING),
    NUMBER(wadi_lesion, to_mm, "to_mm", "mm", 0, 1000, 5, 600, "end", ENGINEERING),
    NUMBER(wadi_lesion, from_frac, "from_frac", "fraction", 0, 1, 0, 1, "start as a fraction of the vessel", ENGINEERING),
    NUMBER(wadi_lesion, to_frac, "to_frac", "fraction", 0, 1, 0, 1, "end as a fraction of the vessel", ENGINEERING),
    NUMBER(wadi_lesion, stenosis_frac, "stenosis_frac", "fraction", 0, 0.999, 0.1, 0.99, "narrowing by diameter; of a stenosis", ENGINEERING),
    WORD(wadi_lesion, calcium_word, "calcium", CALCIUM, "calcium in the wall", "PACSS in words"),
    WORD(wadi_lesion, entry_word, "entry", ENTRIES, "proximal stump of an occlusion", "J-BTK CTO (seed 4)"),
    FLAG(wadi_lesion, entry_calcified, "entry_calcified", "calcium at the entry", "J-BTK CTO (seed 4)"),
    FLAG(wadi_lesion, outflow, "outflow", "the vessel is open beyond the lesion", "J-BTK CTO (seed 4)"),
    {0},
};

static const field DIAMETER[] = {
    {.kind = FIELD_NUMBER, .key = "value_mm", AT(wadi_diameter, value_mm), .unit = "mm", .hard_min = 0.1, .hard_max = 40, .soft_min = 0.3, .soft_max = 15, REQUIRED, .doc = "inner diameter", .source = ENGINEERING},
    NUMBER(wadi_diameter, at_frac, "at_frac", "fraction", 0, 1, 0, 1, "place along the vessel; whole vessel when absent", ENGINEERING),
    WORD(wadi_diameter, modality_word, "modality", MODALITIES, "how it was measured", ""),
    DATE(wadi_diameter, date, "date", "when"),
    {0},
};

static const field VALVE[] = {
    NUMBER(wadi_valve_finding, at_frac, "at_frac", "fraction", 0, 1, 0, 1, "place along the vein, from its heart-side end", ENGINEERING),
    {.kind = FIELD_WORD, .key = "state", AT(wadi_valve_finding, state_word), .words = VALVE_STATES, .unit = "", REQUIRED, .doc = "competent or not", .source = ""},
    {0},
};

static const field FINDING[] = {
    {.kind = FIELD_VESSEL, .key = "vessel", AT(wadi_finding, vessel), .unit = "", REQUIRED, .doc = "name in the reference leg", .source = "reference leg"},
    FLAG(wadi_finding, patent, "patent", "open over its length; false: occluded or absent", ""),
    WORD(wadi_finding, calcium_word, "calcium", CALCIUM, "calcium over the whole vessel", "PACSS in words"),
    NUMBER(wadi_finding, length_mm, "length_mm", "mm", 2, 1000, 10, 700, "measured length", ENGINEERING),
    ARRAY(wadi_finding, lesions, lesion_count, wadi_lesion, "lesions", LESION, "stenoses and occlusions"),
    ARRAY(wadi_finding, diameters, diameter_count, wadi_diameter, "diameters", DIAMETER, "measured diameters"),
    FLAG(wadi_finding, compressible, "compressible", "vein compressible on duplex", SEED0),
    FLAG(wadi_finding, thrombus, "thrombus", "thrombus in the vein", SEED1),
    ARRAY(wadi_finding, valves, valve_count, wadi_valve_finding, "valves", VALVE, "valves seen; replaces those of the reference leg"),
    {0},
};

static const field COLLATERAL[] = {
    {.kind = FIELD_VESSEL, .key = "vessel", AT(wadi_collateral, vessel), .unit = "", REQUIRED, .doc = "artery that it leaves or bypasses", .source = "reference leg"},
    NUMBER(wadi_collateral, at_mm, "at_mm", "mm", 0, 1000, 0, 600, "where it leaves, from the artery's heart-side end", ENGINEERING),
    FLAG(wadi_collateral, significant, "significant", "must not be covered (rule S19)", SEED0),
    NUMBER(wadi_collateral, resistance_times_healthy, "resistance_times_healthy", "", 1, 1e5, 30, 400, "resistance of the bypass, in multiples of the healthy stretch", "leg-model.md"),
    {0},
};

static const field GAP_POINT[] = {
    {.kind = FIELD_NUMBER, .key = "from_origin_mm", AT(wadi_gap_point, from_origin_mm), .unit = "mm", .hard_min = 0, .hard_max = 1000, .soft_min = 0, .soft_max = 600, REQUIRED, .doc = "from the artery's heart-side end", .source = ENGINEERING},
    {.kind = FIELD_NUMBER, .key = "gap_mm", AT(wadi_gap_point, gap_mm), .unit = "mm", .hard_min = 0, .hard_max = 100, .soft_min = 0, .soft_max = 30, REQUIRED, .doc = "between lumen edges of artery and vein", .source = ENGINEERING},
    NUMBER(wadi_gap_point, low_mm, "low_mm", "mm", 0, 100, 0, 30, "lower limit", ENGINEERING),
    NUMBER(wadi_gap_point, high_mm, "high_mm", "mm", 0, 100, 0, 30, "upper limit", ENGINEERING),
    {0},
};

static const field GAP[] = {
    {.kind = FIELD_VESSEL, .key = "artery", AT(wadi_gap_profile, artery), .unit = "", REQUIRED, .doc = "donor artery", .source = "reference leg"},
    {.kind = FIELD_VESSEL, .key = "vein", AT(wadi_gap_profile, vein), .unit = "", REQUIRED, .doc = "recipient vein", .source = "reference leg"},
    ARRAY(wadi_gap_profile, points, point_count, wadi_gap_point, "points", GAP_POINT, "measured gap along the artery"),
    FLAG(wadi_gap_profile, membrane, "membrane", "a fascia or membrane lies between (rule S18)", SEED1),
    {0},
};

static const field CARE[] = {
    FLAG(wadi_care, tried, "tried", "conservative care was tried", SEED0),
    FLAG(wadi_care, failed, "failed", "and failed (rule S02)", SEED0),
    NUMBER(wadi_care, weeks, "weeks", "weeks", 0, 1000, 0, 200, "for how long", ENGINEERING),
    TEXT(wadi_care, what, "what", "what was done"),
    {0},
};

static const field PROCEDURE[] = {
    NUMBER(wadi_procedure, day, "day", "d", -20000, 20000, -4000, 4000, "day relative to onset", ENGINEERING),
    TEXT(wadi_procedure, what, "what", "what was done"),
    {.kind = FIELD_VESSEL, .key = "vessel", AT(wadi_procedure, vessel), .unit = "", .doc = "where", .source = "reference leg"},
    {0},
};

static const field STEP_WISH[] = {
    {.kind = FIELD_TEXT, .key = "step", AT(wadi_step_wish, step), .unit = "", REQUIRED, .doc = "close:VESSEL, keep:VESSEL, fistula, lyse, shunting (stents and closures), treat_inflow", .source = ""},
    {0},
};

static const field LIMITS[] = {
    NUMBER(wadi_limits, conduit_flow_min_ml_min, "conduit_flow_min_ml_min", "mL/min", 0, 2000, 20, 500, "floor of the conduit flow", SEED0),
    NUMBER(wadi_limits, conduit_flow_warn_ml_min, "conduit_flow_warn_ml_min", "mL/min", 0, 2000, 20, 800, "second flow threshold, shown", "Schreve 2020"),
    NUMBER(wadi_limits, capillary_pressure_max_mmhg, "capillary_pressure_max_mmhg", "mmHg", 5, 150, 20, 80, "ceiling of the capillary pressure in the foot", "leg-model.md"),
    NUMBER(wadi_limits, arch_pressure_max_mmhg, "arch_pressure_max_mmhg", "mmHg", 5, 200, 30, 150, "ceiling of the venous arch pressure", "leg-model.md"),
    NUMBER(wadi_limits, steal_max_frac, "steal_max_frac", "fraction", 0, 1, 0.05, 0.9, "largest loss of native foot inflow", ENGINEERING),
    NUMBER(wadi_limits, cardiac_share_max_frac, "cardiac_share_max_frac", "fraction", 0, 1, 0.02, 0.4, "largest share of cardiac output", "PubMed 32891305 (dialysis fistulas)"),
    {0},
};

static const field WISHES[] = {
    WORD(wadi_wishes, technique_word, "technique", TECHNIQUES, "only this technique", ""),
    WORD(wadi_wishes, crossing_word, "crossing", CROSSING_METHODS, "how an off-the-shelf crossing is made", SEED1),
    VESSEL(wadi_wishes, donor, "donor", "only this artery as donor"),
    VESSEL(wadi_wishes, recipient, "recipient", "only this vein as recipient"),
    NUMBER(wadi_wishes, crossing_from_origin_mm, "crossing_from_origin_mm", "mm", 0, 1000, 0, 500, "only this crossing level of the donor", ENGINEERING),
    ARRAY(wadi_wishes, forced, forced_count, wadi_step_wish, "forced", STEP_WISH, "steps that every plan must contain"),
    ARRAY(wadi_wishes, forbidden, forbidden_count, wadi_step_wish, "forbidden", STEP_WISH, "steps that no plan may contain"),
    FLAG(wadi_wishes, offshelf_only, "offshelf_only", "no dedicated system is at hand", SEED1),
    OBJECT(wadi_wishes, limits, "limits", LIMITS, "constraints of the search"),
    {0},
};

static const field MODEL[] = {
    NUMBER(wadi_model_wish, microvascular_open_frac, "microvascular_open_frac", "fraction", 0, 1, 0.05, 1, "open fraction of the foot's capillaries (no-reflow)", SEED2),
    NUMBER(wadi_model_wish, recruitment, "recruitment", "", 0.1, 10, 0.5, 3, "capillary conductance against day 1", "leg-model.md"),
    NUMBER(wadi_model_wish, venule_backward_frac, "venule_backward_frac", "fraction", 0.01, 1, 0.1, 1, "venule conductance against its natural direction", "leg-model.md"),
    NUMBER(wadi_model_wish, escape_radius_factor, "escape_radius_factor", "", 0.1, 2, 0.35, 1, "hydraulic over duplex radius of foot perforators", "leg-model.md"),
    NUMBER(wadi_model_wish, collateral_resistance, "collateral_resistance", "", 1, 1e5, 30, 400, "resistance of an occluded stretch's collaterals, in multiples of the healthy stretch", "leg-model.md"),
    NUMBER(wadi_model_wish, choke_resistance_ratio, "choke_resistance_ratio", "", 0.01, 100, 0.2, 3, "choke link over bed resistance", "leg-model.md"),
    {0},
};

const field WADI_CASE_FIELDS[] = {
    TEXT(wadi_case, title, "title", "a line for the report; no names"),
    {.kind = FIELD_WORD, .key = "origin", AT(wadi_case, origin_word), .words = ORIGINS, .unit = "", REQUIRED, .doc = "made up, published, or unstated as in a fragment of an image; no real patient's data belongs in the project", .source = ""},
    TEXT(wadi_case, source, "source", "of a published case"),
    OBJECT(wadi_case, patient, "patient", PATIENT, "the patient"),
    {.kind = FIELD_WORD, .key = "side", AT(wadi_case, side_word), .words = SIDES, .unit = "", .doc = "side of the leg", .source = ""},
    {.kind = FIELD_OBJECT, .key = "presentation", AT(wadi_case, presentation), .fields = PRESENTATION, .unit = "", REQUIRED, .doc = "how the leg presents", .source = ""},
    ARRAY(wadi_case, wounds, wound_count, wadi_wound, "wounds", WOUND, "wounds by site; the first one guides the plan"),
    OBJECT(wadi_case, infection, "infection", INFECTION, "infection"),
    ARRAY(wadi_case, pressures, pressure_count, wadi_pressure, "pressures", PRESSURE, "pressures and TcPO2"),
    FLAG(wadi_case, venous_imaging, "venous_imaging", "phlebography, MRI or duplex of the veins was done (rule S04)", SEED0),
    ARRAY(wadi_case, vessels, vessel_count, wadi_finding, "vessels", FINDING, "findings by vessel; what is not named is as in the reference leg"),
    ARRAY(wadi_case, collaterals, collateral_count, wadi_collateral, "collaterals", COLLATERAL, "collaterals"),
    ARRAY(wadi_case, gaps, gap_count, wadi_gap_profile, "gaps", GAP, "artery-vein gap where measured"),
    OBJECT(wadi_case, conservative, "conservative", CARE, "conservative care"),
    ARRAY(wadi_case, history, history_count, wadi_procedure, "history", PROCEDURE, "earlier procedures"),
    OBJECT(wadi_case, wishes, "wishes", WISHES, "wishes for the plan"),
    OBJECT(wadi_case, model, "model", MODEL, "model parameters set for this leg"),
    {0},
};
// clang-format on
