/// @file score.h
/// Clinical scores of the threatened leg, each a published table and the few lines that walk
/// it.
///
/// Every function is pure, allocates nothing and may be called from any thread. A measurement
/// that is unknown is a `wadi_maybe` with `known` false; a score that cannot do without it
/// fails with WADI_ERR_MISSING and names it. A value outside what is possible fails with
/// WADI_ERR_RANGE, its allowed range and unit. Outputs are set on success only.
///
/// Where a table is ambiguous the answer is a set of candidates, never a guess. Sources and
/// standing of every table are in `docs/rules.md`, which is generated from the same tables.
#ifndef WADI_SCORE_H
#define WADI_SCORE_H

#include "wadi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How well a rule is known.
typedef enum wadi_standing {
    WADI_STANDING_DOCUMENT,  ///< printed in one of the five documents wadi stands on
    WADI_STANDING_FOUND,     ///< read in the named source
    WADI_STANDING_CONFIRMED, ///< recalled, then equal to at least one independent public copy
    WADI_STANDING_DECISION,  ///< the sources are silent; chosen by us, with a reason
    WADI_STANDING_MEMORY     ///< recalled only: every output says "unconfirmed"
} wadi_standing;

/// "DOCUMENT", "FOUND", ... Never NULL.
WADI_API const char *wadi_standing_text(wadi_standing standing);

/// Answer of a grade that may be ambiguous.
#define WADI_GRADE_AMBIGUOUS (-1)

/* ---- WIfI: wound, ischaemia, foot infection (Mills 2014) ---- */

/// What was measured of the perfusion of the foot.
typedef struct wadi_perfusion {
    wadi_maybe abi;                 ///< ankle-brachial index, 0..2.5; read in whole hundredths
    wadi_maybe ankle_pressure_mmhg; ///< 0..300
    wadi_maybe toe_pressure_mmhg;   ///< 0..250; governs where present
    wadi_maybe tcpo2_mmhg;          ///< 0..120
    bool flat_pvr;                  ///< flat forefoot pulse volume recording: grade 3
} wadi_perfusion;

/// Ischaemia grade and how it came about.
typedef struct wadi_wifi_ischemia_result {
    int grade;               ///< 0..3, or WADI_GRADE_AMBIGUOUS
    unsigned candidates;     ///< bit g set: grade g is possible
    bool noncompressible;    ///< index above 1.30: index and ankle pressure were not used
    bool discordant;         ///< two measurements give different grades
    bool edge;               ///< the deciding value lies between two printed ranges
    const char *governed_by; ///< "toe pressure", "TcPO2", "PVR", "ankle", static text
} wadi_wifi_ischemia_result;

/// Ischaemia grade. Toe pressure governs, then TcPO2, then the pulse volume recording, then the
/// ankle. An index above 1.30 is not compressible and needs one of the first three.
///
/// @retval WADI_ERR_MISSING nothing was measured; or the ankle is not compressible and nothing
///                          else was measured (the message starts with ERR_NEED_TP)
WADI_API wadi_status wadi_wifi_ischemia(const wadi_perfusion *perfusion,
                                        wadi_wifi_ischemia_result *out,
                                        wadi_error *err) WADI_MUST_USE;

/// Signs of foot infection (IDSA 2012). What is not known counts as not found.
typedef struct wadi_infection_signs {
    wadi_maybe signs; ///< required, whole, 0..5: swelling, erythema, tenderness, warmth, pus
    wadi_maybe erythema_cm;            ///< 0..30 around the ulcer
    wadi_maybe temp_c;                 ///< 25..45
    wadi_maybe heart_rate;             ///< per minute, 0..300
    wadi_maybe resp_rate;              ///< per minute, 0..80
    wadi_maybe paco2_mmhg;             ///< 5..150
    wadi_maybe wbc_1e9_l;              ///< 0..200
    wadi_maybe bands_percent;          ///< 0..100
    bool osteomyelitis, abscess, deep; ///< any: structures deeper than skin and subcutis
} wadi_infection_signs;

typedef struct wadi_wifi_infection_result {
    int grade;      ///< 0..3
    int sirs_count; ///< of the four signs of systemic response
    bool edge;      ///< decided by bands of exactly 10 %, which sources print both ways
} wadi_wifi_infection_result;

WADI_API wadi_status wadi_wifi_infection(const wadi_infection_signs *signs,
                                         wadi_wifi_infection_result *out,
                                         wadi_error *err) WADI_MUST_USE;

typedef enum wadi_ulcer {
    WADI_ULCER_NONE,
    WADI_ULCER_SHALLOW,      ///< small, shallow, on distal leg or foot
    WADI_ULCER_DEEP,         ///< bone, joint or tendon exposed, heel spared
    WADI_ULCER_HEEL_SHALLOW, ///< shallow heel ulcer, calcaneus spared
    WADI_ULCER_EXTENSIVE,    ///< extensive, deep, fore- or midfoot
    WADI_ULCER_HEEL_DEEP     ///< full-thickness heel ulcer
} wadi_ulcer;

typedef enum wadi_gangrene {
    WADI_GANGRENE_NONE,
    WADI_GANGRENE_DIGITS,    ///< limited to digits
    WADI_GANGRENE_EXTENSIVE, ///< fore- or midfoot
    WADI_GANGRENE_HEEL       ///< full-thickness heel necrosis
} wadi_gangrene;

/// What the wound looks like. Each field is the worst of its kind on the foot.
typedef struct wadi_wound_findings {
    wadi_ulcer ulcer;
    wadi_gangrene gangrene;
} wadi_wound_findings;

/// Wound grade 0..3: the worse of ulcer and gangrene.
WADI_API wadi_status wadi_wifi_wound(const wadi_wound_findings *findings, int *grade,
                                     wadi_error *err) WADI_MUST_USE;

/// Amputation risk of one cell of the grid.
typedef enum wadi_wifi_risk {
    WADI_WIFI_VERY_LOW = 1,
    WADI_WIFI_LOW = 2,
    WADI_WIFI_MODERATE = 3,
    WADI_WIFI_HIGH = 4
} wadi_wifi_risk;

typedef struct wadi_wifi_stage_result {
    wadi_wifi_risk risk; ///< of the cell
    int stage;           ///< 1..4 = risk; 5 only when declared unsalvageable
} wadi_wifi_stage_result;

/// Clinical stage from three grades of 0..3 each. `unsalvageable` is the clinician's
/// declaration.
WADI_API wadi_status wadi_wifi_stage(int wound, int ischemia, int infection, bool unsalvageable,
                                     wadi_wifi_stage_result *out,
                                     wadi_error *err) WADI_MUST_USE;

/// "VL", "L", "M", "H". Never NULL.
WADI_API const char *wadi_wifi_risk_text(wadi_wifi_risk risk);

/* ---- GLASS (Conte 2019) ---- */

/// Disease of superficial femoral and popliteal artery, stenoses of 50 % and more.
typedef struct wadi_glass_fp_findings {
    double sfa_disease_mm;        ///< total diseased length, occlusions included, >= 0
    double sfa_occluded_mm;       ///< total occluded length, 0..sfa_disease_mm
    int sfa_occlusions;           ///< how many, > 0 where sfa_occluded_mm > 0
    bool sfa_flush;               ///< one begins flush at the origin
    double popliteal_stenosis_mm; ///< total length, >= 0
    bool popliteal_occluded;      ///< any popliteal occlusion
    bool trifurcation;            ///< popliteal disease reaches the trifurcation
} wadi_glass_fp_findings;

/// Femoropopliteal grade 0..4 before calcification. `*candidates` has bit g for grade g: a
/// flush occlusion of exactly 200 mm stands in no row and gives 3 and 4; `*grade` is then
/// WADI_GRADE_AMBIGUOUS.
WADI_API wadi_status wadi_glass_fp(const wadi_glass_fp_findings *findings, int *grade,
                                   unsigned *candidates, wadi_error *err) WADI_MUST_USE;

/// Disease of the infrapopliteal target path.
typedef struct wadi_glass_ip_findings {
    double vessel_mm;        ///< length of the target artery, > 0
    double stenosed_mm;      ///< total diseased length, occlusions included, 0..vessel_mm
    double occluded_mm;      ///< total occluded length, 0..stenosed_mm
    bool origin_occluded;    ///< an occlusion includes the origin of the target artery
    bool trunk_occluded;     ///< any occlusion of the tibioperoneal trunk
    bool target_is_anterior; ///< the anterior tibial is the target: the trunk does not count
} wadi_glass_ip_findings;

/// Infrapopliteal grade 0..4 before calcification.
WADI_API wadi_status wadi_glass_ip(const wadi_glass_ip_findings *findings, int *grade,
                                   wadi_error *err) WADI_MUST_USE;

/// Inframalleolar descriptor: 0, 1, 2 for P0, P1, P2. It never enters the stage.
WADI_API int wadi_glass_im(bool target_crosses_ankle, bool arch_intact);

typedef struct wadi_glass_result {
    int fp_adjusted, ip_adjusted; ///< after severe calcification: one more, at most 4
    int stage;                    ///< 0 "NA", 1..3
    bool calcification_on_grade0; ///< literal reading: severe calcification raises 0 to 1
} wadi_glass_result;

/// Stage from the two segment grades (0..4) before calcification.
WADI_API wadi_status wadi_glass_stage(int fp, int ip, bool severe_calcium_fp,
                                      bool severe_calcium_ip, wadi_glass_result *out,
                                      wadi_error *err) WADI_MUST_USE;

/// "NA", "I", "II", "III". Never NULL.
WADI_API const char *wadi_glass_stage_text(int stage);

/* ---- J-BTK CTO (Tan 2021; Hayakawa 2023) ---- */

typedef struct wadi_jbtk_findings {
    bool blunt;               ///< blunt, not tapered, entry
    bool entry_calcification; ///< at the proximal entry point
    double reference_mm;      ///< reference vessel diameter, 0.3..8; below 2.0 counts
    double occlusion_mm;      ///< length of the occlusion, 1..600; above 200 counts
    bool outflow_absent;      ///< no outflow of the target vessel: counts two
} wadi_jbtk_findings;

typedef struct wadi_jbtk_result {
    int score;  ///< 0..6
    char grade; ///< 'A'..'D'
} wadi_jbtk_result;

WADI_API wadi_status wadi_jbtk(const wadi_jbtk_findings *findings, wadi_jbtk_result *out,
                               wadi_error *err) WADI_MUST_USE;

/// Published guidewire success of one grade. The two columns are not like for like: the first
/// is all comers with conventional wiring, the second those in whom conventional wiring had
/// failed and intravascular ultrasound was judged usable.
typedef struct wadi_jbtk_success {
    char grade;
    int score_min, score_max;
    double conventional_percent;  ///< Tan 2021; n per grade is not printed in our source
    int ivus_success, ivus_count; ///< Hayakawa 2023
    double wilson_low_frac, wilson_high_frac;         ///< 95 %, recomputed from the counts
    double printed_low_percent, printed_high_percent; ///< as printed; NaN where absent
} wadi_jbtk_success;

/// The row of a grade, or NULL for a letter that is none.
WADI_API const wadi_jbtk_success *wadi_jbtk_published(char grade);

/* ---- Rutherford, Fontaine ---- */

/// What the patient comes with; the number is the Rutherford category.
typedef enum wadi_picture {
    WADI_PICTURE_ASYMPTOMATIC,
    WADI_PICTURE_MILD_CLAUDICATION,
    WADI_PICTURE_MODERATE_CLAUDICATION,
    WADI_PICTURE_SEVERE_CLAUDICATION,
    WADI_PICTURE_REST_PAIN,
    WADI_PICTURE_MINOR_TISSUE_LOSS,
    WADI_PICTURE_MAJOR_TISSUE_LOSS
} wadi_picture;

/// Words of a Rutherford category 0..6, "rest pain"; NULL outside.
WADI_API const char *wadi_rutherford_text(int category);
/// Fontaine stage of a Rutherford category 0..6, "IIb"; NULL outside.
WADI_API const char *wadi_rutherford_fontaine(int category);

typedef enum wadi_sensory_loss {
    WADI_SENSORY_NONE,
    WADI_SENSORY_TOES,
    WADI_SENSORY_BEYOND_TOES,
    WADI_SENSORY_PROFOUND
} wadi_sensory_loss;

typedef enum wadi_motor_loss {
    WADI_MOTOR_NONE,
    WADI_MOTOR_MILD,
    WADI_MOTOR_MODERATE,
    WADI_MOTOR_PARALYSIS
} wadi_motor_loss;

/// Category of acute limb ischaemia, in order of severity.
typedef enum wadi_ali_category {
    WADI_ACUTE_UNCLASSIFIED, ///< no row of the table covers the findings
    WADI_ACUTE_I,
    WADI_ACUTE_IIA,
    WADI_ACUTE_IIB,
    WADI_ACUTE_III
} wadi_ali_category;

typedef struct wadi_ali_findings {
    wadi_sensory_loss sensory;
    wadi_motor_loss motor;
    bool arterial_audible, venous_audible; ///< Doppler
} wadi_ali_findings;

/// The first row, mildest first, all of whose four cells hold.
WADI_API wadi_ali_category wadi_ali(const wadi_ali_findings *findings);
/// "UNCLASSIFIED", "I", "IIa", "IIb", "III". Never NULL.
WADI_API const char *wadi_ali_text(wadi_ali_category category);
/// The category of a word such as "IIb" (case does not matter); UNCLASSIFIED for any other.
WADI_API wadi_ali_category wadi_ali_parse(const char *text);

/* ---- arteries of the foot ---- */

/// Kawarada type "1", "2A", "2B", "3" of the pedal arch. Unconfirmed (MEMORY).
WADI_API const char *wadi_kawarada(bool dorsal_patent, bool plantar_patent);

/// PACSS calcium grade 0..4: sides of the wall 0..2 and length, limit 5 cm.
WADI_API wadi_status wadi_pacss(int sides, wadi_maybe length_cm, int *grade,
                                wadi_error *err) WADI_MUST_USE;

/// Longest calcified length on a plain film of the foot, cm, 0..30 each.
typedef struct wadi_mac_lengths {
    double dorsalis_pedis_cm, plantar_cm, metatarsal_cm; ///< a point each above 2
    double hallux_cm, other_digit_cm;                    ///< a point each above 1
} wadi_mac_lengths;

typedef struct wadi_mac_result {
    int points;          ///< 0..5
    const char *liu;     ///< "mild", "moderate", "severe" (Liu 2022)
    const char *aha_abs; ///< same words, limits of the Circulation abstract
} wadi_mac_result;

WADI_API wadi_status wadi_mac(const wadi_mac_lengths *lengths, wadi_mac_result *out,
                              wadi_error *err) WADI_MUST_USE;

/* ---- numbers around the operation ---- */

/// Alerts of a duplex visit.
typedef struct wadi_surveillance_visit {
    wadi_maybe flow_ml_min;          ///< volume flow in the conduit, 0..5000
    wadi_maybe previous_flow_ml_min; ///< at the visit before
    wadi_maybe psv_cm_s;             ///< peak systolic velocity, 0 or 10..800
    wadi_maybe previous_psv_cm_s;
    wadi_maybe days; ///< since the visit before, 0..3650
} wadi_surveillance_visit;

typedef struct wadi_surveillance_result {
    bool flow_100; ///< critical: flow <= 100 mL/min (van den Heuvel 2018)
    bool flow_195; ///< alert: flow <= 195 mL/min (Schreve 2020); not set beside flow_100
    bool psv_55;   ///< alert: velocity <= 55 cm/s (Schreve 2020)
    bool fall_20;  ///< alert: a fall by 20 % or more within a month (Huizing 2021)
} wadi_surveillance_result;

/// Days that count as "within a month".
#define WADI_SURVEILLANCE_MONTH_DAYS 31

WADI_API wadi_status wadi_surveillance(const wadi_surveillance_visit *visit,
                                       wadi_surveillance_result *out,
                                       wadi_error *err) WADI_MUST_USE;

typedef struct wadi_heparin_result {
    double dose_iu, dose_iu_per_kg;
    bool converted_from_mg; ///< at 100 IU/mg, which is a convention
} wadi_heparin_result;

/// Bolus of unfractionated heparin for information. Exactly one of the two doses must be known.
///
/// @retval WADI_ERR_MISSING  no dose is known
/// @retval WADI_ERR_UNIT     both are known, or the dose lies outside 10..200 IU/kg
WADI_API wadi_status wadi_heparin(double weight_kg, wadi_maybe dose_mg_per_kg,
                                  wadi_maybe dose_iu_per_kg, wadi_heparin_result *out,
                                  wadi_error *err) WADI_MUST_USE;

typedef struct wadi_stent_check {
    bool diameter_impossible, length_impossible; ///< no such device: 2..13 mm, 15..250 mm
    bool diameter_soft, length_soft;             ///< unusual: outside 3.5..6 mm, 40..250 mm
    bool oversize_tibial;                        ///< 11 mm and more in a vessel of the calf
} wadi_stent_check;

/// Can there be such a stent graft, and is it meant for this vessel? `tibial`: the target is a
/// crural or pedal vessel.
WADI_API wadi_stent_check wadi_stent_range(double diameter_mm, double length_mm, bool tibial);

#ifdef __cplusplus
}
#endif
#endif
