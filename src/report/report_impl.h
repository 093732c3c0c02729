/* Shared by text, JSON and drawings: the list of quantities and how a number is written. */
#ifndef WADI_REPORT_IMPL_H
#define WADI_REPORT_IMPL_H

#include "base/base_impl.h"
#include "wadi/report.h"

/* How a quantity is written: digits and unit. */
typedef enum report_kind {
    REPORT_FLOW,     /* mL/min, three significant digits */
    REPORT_PRESSURE, /* mmHg, whole */
    REPORT_SHARE,    /* a fraction, as % */
    REPORT_INDEX,    /* two decimals */
    REPORT_SHEAR,    /* Pa, two significant digits */
    REPORT_LENGTH    /* mm, whole, one decimal below 10 */
} report_kind;

typedef struct report_measure {
    const char *key;   /* as in JSON */
    const char *title; /* for people */
    report_kind kind;
    size_t offset; /* of the band in wadi_outcome */
} report_measure;

/* All single bands of wadi_outcome, in the order in which they are shown. */
extern const report_measure REPORT_MEASURES[];
extern const int REPORT_MEASURE_COUNT;

enum { REPORT_NUMBER_SIZE = 48, REPORT_PLACE_SIZE = 80 };

const wadi_band *report_band_of(const wadi_outcome *outcome, const report_measure *measure);
const char *report_unit(report_kind kind);
/* A number without its unit; "-" for NaN. */
void report_number(report_kind kind, double value, char out[REPORT_NUMBER_SIZE]);
/* "245 (180-310)"; only the value where there is no band. `dash` stands between the ends. */
void report_band(report_kind kind, const wadi_band *band, const char *dash,
                 char out[REPORT_NUMBER_SIZE]);
bool report_has_band(const wadi_band *band);
/* "hallux", "medial plantar" from "medial_plantar". */
void report_bed_title(const char *name, char out[WADI_NAME_SIZE]);
/* "VERDICT_NAME" as words: "not eligible". */
const char *report_verdict_title(wadi_verdict verdict);
const char *report_verdict_meaning(wadi_verdict verdict);
/* "PTA: posterior tibial artery": the title of a vessel, or its name where it is unknown. */
const char *report_vessel_title(const wadi_limb *limb, const char *name);
/* "3.5-5.5 x 40 mm", "" where the device has no size. */
void report_device_size(const wadi_device_use *use, const char *dash, const char *times,
                        char out[REPORT_NUMBER_SIZE]);
/* "104-254 mm from the crossing", "" where the device has no place. */
void report_device_place(const wadi_device_use *use, const char *dash,
                         char out[REPORT_PLACE_SIZE]);
/* One behind the last of the devices that differ from `first` in nothing but their vessel. */
wadi_index report_device_run(const wadi_plan *plan, wadi_index first);
/* What has to be read with the verdict: no plan keeps all limits, or there is none; else "". */
enum { REPORT_CAUTION_SIZE = WADI_TEXT_SIZE + 160 };
void report_caution(const wadi_plan_result *result, char out[REPORT_CAUTION_SIZE]);
/* What the "seed n" of the sources are. */
#define REPORT_SEEDS                                                                           \
    "seed 0: van den Heuvel, Schreve, Kum, Endovascular Today 2018; seed 1: Spiliopoulos "     \
    "2023, doi:10.20944/preprints202309.1715.v1; seed 2: Hasanli, J Crit Limb Ischem 2026, "   \
    "doi:10.25270/jcli/CLIG-2500008; seed 3: technical note on retrograde punctures below "    \
    "the ankle, J Endovasc Ther; seed 4: Hayakawa, CVIR Endovasc 2023; engineering and "       \
    "ESTIMATE: a choice of ours; MEMORY: not looked up again"
/* What a reader of the waves has to know. */
#define REPORT_WAVE_LIMITS                                                                     \
    "Small waves about the nonlinear mean, 20 harmonics, behind a made-up arterial pressure "  \
    "wave: peaks are less sure than means; valves and collapse do not act within the beat; "   \
    "nominal values without bands"
const char *report_site_title(const char *site);
const wadi_wave_site *report_wave_site(const wadi_plan *plan, const char *site); /* or NULL */
void report_wave_number(double value, int decimals, char out[REPORT_NUMBER_SIZE]);
void report_waves_text(wadi_text *text, const wadi_plan *plan);
/* Branches of the foot that carry blood off, with their share of the conduit flow. */
void report_escapes_line(wadi_text *line, const wadi_plan *plan);
/* Native arteries: flow after over before. */
void report_steal_line(wadi_text *line, const wadi_plan *plan);
/* The crossing in a few words; nothing where it is not known. */
void report_waves_line(wadi_text *line, const wadi_plan *plan);
/* A rule that is met and so does not stand in the way: its text begins with "met: ". */
bool report_is_met(const wadi_note *note);
/* The bed that is looked at: of the wound, or the great toe's where the case tells of none
 * (report_wound_words says which). WADI_NONE where the limb has no such bed. */
wadi_index report_wound_bed(const wadi_plan_result *result);
const char *report_wound_words(const wadi_plan_result *result);

#endif
