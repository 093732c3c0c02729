/// @file case.h
/// The case file: what is known of one threatened leg, and what the operator wishes.
///
/// One table (src/limb/case_fields.c) makes this decoder, schema/case.schema.json and
/// docs/formats/case.md. A case is immutable after parsing and may be read from any thread.
/// Clinical values keep the unit in which they are measured; the key says it.
#ifndef WADI_CASE_H
#define WADI_CASE_H

#include "wadi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A fact that may be unknown.
typedef enum wadi_tri { WADI_UNKNOWN = 0, WADI_NO = 1, WADI_YES = 2 } wadi_tri;

// A word (`..._word` members) is the index into the field's list of words, WADI_NONE when
// absent.

typedef enum wadi_sex { WADI_FEMALE, WADI_MALE } wadi_sex;
typedef enum wadi_side { WADI_LEFT, WADI_RIGHT } wadi_side;
typedef enum wadi_onset { WADI_CHRONIC, WADI_ACUTE } wadi_onset;
typedef enum wadi_acute_class {
    WADI_ALI_I,
    WADI_ALI_IIA,
    WADI_ALI_IIB,
    WADI_ALI_III
} wadi_acute_class;
typedef enum wadi_lesion_kind { WADI_STENOSIS, WADI_OCCLUSION } wadi_lesion_kind;
typedef enum wadi_calcium {
    WADI_CALCIUM_NONE,
    WADI_CALCIUM_MILD,
    WADI_CALCIUM_MODERATE,
    WADI_CALCIUM_SEVERE
} wadi_calcium;
typedef enum wadi_entry { WADI_ENTRY_TAPERED, WADI_ENTRY_BLUNT } wadi_entry;
typedef enum wadi_valve_state {
    WADI_VALVE_COMPETENT,
    WADI_VALVE_PARTLY_EFFACED,
    WADI_VALVE_LYSED,
    WADI_VALVE_ABSENT
} wadi_valve_state;
typedef enum wadi_pressure_kind {
    WADI_PRESSURE_BRACHIAL,
    WADI_PRESSURE_ANKLE,
    WADI_PRESSURE_TOE,
    WADI_PRESSURE_TCPO2
} wadi_pressure_kind;
typedef enum wadi_modality {
    WADI_DUPLEX,
    WADI_PHLEBOGRAPHY,
    WADI_MRI,
    WADI_CTA,
    WADI_DSA,
    WADI_IVUS,
    WADI_DOPPLER,
    WADI_PLETHYSMOGRAPHY,
    WADI_OPERATOR
} wadi_modality;
typedef enum wadi_technique {
    WADI_PERCUTANEOUS_DEDICATED,
    WADI_PERCUTANEOUS_OFFSHELF,
    WADI_SURGICAL_DEEP,
    WADI_SURGICAL_SUPERFICIAL,
    WADI_HYBRID,
    WADI_TECHNIQUE_COUNT
} wadi_technique;
/// How an off-the-shelf crossing is made.
typedef enum wadi_crossing_method {
    WADI_REENTRY,
    WADI_VAST,
    WADI_AV_SPEAR
} wadi_crossing_method;
typedef enum wadi_origin { WADI_MADE_UP, WADI_PUBLISHED, WADI_UNSTATED } wadi_origin;

typedef struct wadi_patient {
    wadi_maybe age_years, height_cm, weight_kg, heart_rate_bpm;
    wadi_index sex_word;
    wadi_maybe systolic_mmhg, diastolic_mmhg, central_venous_pressure_mmhg;
    wadi_maybe haematocrit_frac, haemoglobin_g_dl, plasma_protein_g_dl, oxygen_saturation_frac;
    wadi_maybe ejection_fraction_frac, cardiac_output_l_min, nyha_class;
    wadi_tri poor_cardiac_function, coronary_lesions;
    wadi_tri diabetes, dialysis, hypertension, hyperlipidaemia, smoker, dvt;
    wadi_maybe dialysis_fistula_flow_ml_min;
    wadi_tri high_output_fistula;
} wadi_patient;

typedef struct wadi_presentation {
    wadi_index onset_word;              ///< chronic or acute
    wadi_maybe rutherford;              ///< 0..6
    wadi_index acute_class_word;        ///< at the time of decision
    wadi_index acute_class_before_word; ///< before thrombolysis
    wadi_maybe onset_days;              ///< time since onset
    wadi_tri failed_lysis, pedal_flow;
    wadi_tri rest_pain;
    wadi_tri no_option, no_option_imaging, no_option_review;
    wadi_tri extensive_tissue_loss, unsalvageable;
    wadi_tri small_artery_disease; ///< of the metatarsal and digital arteries
} wadi_presentation;

typedef struct wadi_wound {
    wadi_index site_word; ///< index into the wound sites; see wadi_case_wound_bed
    wadi_index kind_word; ///< ulcer, gangrene
    wadi_maybe area_cm2, wifi_wound;
} wadi_wound;

typedef struct wadi_infection {
    wadi_maybe signs, erythema_cm, temperature_c, respiratory_rate, white_cells, wifi_infection;
    wadi_tri abscess, osteomyelitis, sepsis, controlled, access_site_infected;
} wadi_infection;

typedef struct wadi_pressure {
    wadi_index kind_word;
    char *site; ///< "posterior tibial", "hallux", "dorsum"; NULL when not given
    wadi_maybe value_mmhg;
    wadi_index modality_word;
    char *date; ///< ISO 8601, or NULL
    wadi_tri incompressible;
} wadi_pressure;

typedef struct wadi_lesion {
    wadi_index kind_word;
    wadi_maybe from_mm, to_mm, from_frac, to_frac; ///< along the vessel from its heart-side end
    wadi_maybe stenosis_frac;                      ///< by diameter
    wadi_index calcium_word, entry_word;
    wadi_tri entry_calcified;
    wadi_tri outflow; ///< is the vessel open beyond?
} wadi_lesion;

typedef struct wadi_diameter {
    wadi_maybe value_mm, at_frac;
    wadi_index modality_word;
    char *date;
} wadi_diameter;

typedef struct wadi_valve_finding {
    wadi_maybe at_frac;
    wadi_index state_word;
} wadi_valve_finding;

/// What was found in one vessel of the leg.
typedef struct wadi_finding {
    char *vessel; ///< name in the reference leg, e.g. "PTA"
    wadi_tri patent;
    wadi_index calcium_word;
    wadi_maybe length_mm;
    wadi_lesion *lesions;
    wadi_index lesion_count;
    wadi_diameter *diameters;
    wadi_index diameter_count;
    wadi_tri compressible, thrombus;
    wadi_valve_finding *valves;
    wadi_index valve_count;
} wadi_finding;

typedef struct wadi_collateral {
    char *vessel;
    wadi_maybe at_mm;
    wadi_tri significant;
    wadi_maybe resistance_times_healthy; ///< of the occluded stretch that it bypasses
} wadi_collateral;

typedef struct wadi_gap_point {
    wadi_maybe from_origin_mm, gap_mm, low_mm, high_mm;
} wadi_gap_point;

typedef struct wadi_gap_profile {
    char *artery, *vein;
    wadi_gap_point *points;
    wadi_index point_count;
    wadi_tri membrane;
} wadi_gap_profile;

typedef struct wadi_care {
    wadi_tri tried, failed;
    wadi_maybe weeks;
    char *what;
} wadi_care;

typedef struct wadi_procedure {
    wadi_maybe day; ///< relative to onset or to the arterialization, as the text says
    char *what;
    char *vessel;
} wadi_procedure;

typedef struct wadi_step_wish {
    char *step; ///< "close:GSV", "lyse", "treat_inflow", "stent:LPV"
} wadi_step_wish;

typedef struct wadi_limits {
    wadi_maybe conduit_flow_min_ml_min, conduit_flow_warn_ml_min, capillary_pressure_max_mmhg;
    wadi_maybe arch_pressure_max_mmhg, steal_max_frac, cardiac_share_max_frac;
} wadi_limits;

typedef struct wadi_wishes {
    wadi_index technique_word; ///< index of wadi_technique
    wadi_index crossing_word;  ///< wadi_crossing_method
    char *donor, *recipient;
    wadi_maybe crossing_from_origin_mm;
    wadi_step_wish *forced, *forbidden;
    wadi_index forced_count, forbidden_count;
    wadi_tri offshelf_only;
    wadi_limits limits;
} wadi_wishes;

/// Model parameters that a user may set for this leg; each has a default in data/model.json.
typedef struct wadi_model_wish {
    wadi_maybe microvascular_open_frac, recruitment, venule_backward_frac, escape_radius_factor;
    wadi_maybe collateral_resistance, choke_resistance_ratio;
} wadi_model_wish;

typedef struct wadi_case {
    char *title;
    wadi_index origin_word; ///< made up or published; no real patient's data belongs here
    char *source;           ///< of a published case
    wadi_patient patient;
    wadi_index side_word;
    wadi_presentation presentation;
    wadi_wound *wounds;
    wadi_index wound_count;
    wadi_infection infection;
    wadi_pressure *pressures;
    wadi_index pressure_count;
    wadi_tri venous_imaging; ///< phlebography, MRI or duplex of the veins was done
    wadi_finding *vessels;
    wadi_index vessel_count;
    wadi_collateral *collaterals;
    wadi_index collateral_count;
    wadi_gap_profile *gaps;
    wadi_index gap_count;
    wadi_care conservative;
    wadi_procedure *history;
    wadi_index history_count;
    wadi_wishes wishes;
    wadi_model_wish model;
    char input_hash[72]; ///< SHA-256 of the text it was read from, hexadecimal
} wadi_case;

/// One complaint about a case file.
typedef struct wadi_complaint {
    bool fatal; ///< false: outside the usual range, but accepted
    wadi_status status;
    char pointer[200]; ///< JSON pointer (RFC 6901), "" for the whole file
    char text[400];    ///< value found, allowed range with unit, suggestion
} wadi_complaint;

typedef struct wadi_complaints {
    wadi_complaint *items;
    wadi_index count, fatal_count;
} wadi_complaints;

/// Read a case from JSON text.
///
/// Every complaint is listed, not only the first. `place` (a file name) opens `err`.
/// Range checks on the limb (a lesion beyond its vessel, an unknown vessel) are part of it.
///
/// A key that begins with "#" is a note for people: its text is not read.
///
/// @param complaints  may be NULL; otherwise it is set here: `wadi_complaints_clear` it, also
/// after
///                    a failure
/// @retval WADI_OK       *out is a case, to be freed with wadi_case_free
/// @retval WADI_ERR_...  of the first fatal complaint, whose text and pointer are in `err`
WADI_API wadi_status wadi_case_parse(const char *place, const char *text, size_t size,
                                     wadi_case **out, wadi_complaints *complaints,
                                     wadi_error *err) WADI_MUST_USE;
/// Read a case file; "-" is standard input. As wadi_case_parse; a folder, a file over 16 MiB
/// and one that cannot be read are one fatal complaint, WADI_ERR_IO.
WADI_API wadi_status wadi_case_read(const char *path, wadi_case **out,
                                    wadi_complaints *complaints, wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_case_free(wadi_case *the_case);
WADI_API void wadi_complaints_clear(wadi_complaints *complaints);
/// The complaints as one JSON object, schema "wadi.check/1". `free` *out.
WADI_API wadi_status wadi_complaints_json(const char *place, const wadi_complaints *complaints,
                                          char **out, size_t *size,
                                          wadi_error *err) WADI_MUST_USE;

/// Put a measured artery-vein gap profile into a case: a CSV file with the columns
/// from_origin_mm, gap_mm and optionally low_mm, high_mm, as `wadi image dsa` writes it; where
/// it has columns artery and vein too, as that of `wadi image cta`, the rows of the pair count.
/// It replaces a profile of the same pair.
///
/// @retval WADI_ERR_PARSE  a line does not fit; the message names line, column and value
/// @retval WADI_ERR_RANGE  a value is outside 0-100 mm, its interval leaves it out, or the
/// places
///                         do not rise
WADI_API wadi_status wadi_case_set_gap(wadi_case *the_case, const char *artery,
                                       const char *vein, const char *csv_path,
                                       wadi_error *err) WADI_MUST_USE;

/// The word of a field, e.g. ("wishes.technique", 0) -> "percutaneous_dedicated"; NULL when
/// there is none.
WADI_API const char *wadi_case_word(const char *field, wadi_index word);

/// JSON Schema (draft 2020-12) of the case file, and its reference page in Markdown. `free`
/// *out.
WADI_API wadi_status wadi_case_schema(char **out, size_t *size, wadi_error *err) WADI_MUST_USE;
WADI_API wadi_status wadi_case_reference(char **out, size_t *size,
                                         wadi_error *err) WADI_MUST_USE;
/// A case to start from. Templates: wadi_case_template_name(0..), NULL ends. `free` *out.
WADI_API wadi_status wadi_case_template(const char *name, char **out, size_t *size,
                                        wadi_error *err) WADI_MUST_USE;
WADI_API const char *wadi_case_template_name(wadi_index index);
/// Write a template to a file (all or nothing; "-" is standard output).
///
/// @param replace  false: a file that is there is left alone, WADI_ERR_CONFLICT
WADI_API wadi_status wadi_case_template_write(const char *name, const char *path, bool replace,
                                              wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
