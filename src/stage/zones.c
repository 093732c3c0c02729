/* Arteries below the ankle by puncture zone, after the technical note in J Endovasc Ther. */
#include "stage/stage_impl.h"
#include "wadi/puncture.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { Z1 = 1 << 1, Z2 = 1 << 2, Z3 = 1 << 3 };

// clang-format off
static const wadi_puncture_artery ARTERIES[] = {
    /* name                      vessel   other spellings                                          zones    met.   arch */
    {"dorsalis_pedis",           "DPA",   "dp dpa",                                                Z1 | Z2, false, false},
    {"dorsalis_pedis_proximal",  NULL,    "proximal_dorsalis_pedis proximal_dp dp_proximal",       Z1,      false, false},
    {"dorsalis_pedis_distal",    NULL,    "distal_dorsalis_pedis distal_dp dp_distal",             Z2,      false, false},
    {"distal_posterior_tibial",  "PTA",   "posterior_tibial posterior_tibial_distal distal_pt pt pta_distal distal_pta", Z1, false, false},
    {"common_plantar",           "CPA",   "common_plantar_artery",                                 Z1,      false, false},
    {"tarsal",                   "TAR",   "lateral_tarsal medial_tarsal",                          Z2,      false, false},
    {"medial_plantar",           "MPA",   "medial_plantar_artery",                                 Z2,      false, false},
    {"lateral_plantar",          "LPA",   "lateral_plantar_artery",                                Z2,      false, false},
    {"plantar_arch",             "PARCH", "arch deep_plantar_arch pedal_arch",                     Z3,      false, true},
    {"first_metatarsal",         "MTA1",  "metatarsal_1 first_metatarsal_artery metatarsal",       Z3,      true,  false},
    {"second_metatarsal",        "MTA2",  "metatarsal_2",                                          Z3,      true,  false},
    {"third_metatarsal",         "MTA3",  "metatarsal_3",                                          Z3,      true,  false},
    {"fourth_metatarsal",        "MTA4",  "metatarsal_4",                                          Z3,      true,  false},
    {"fifth_metatarsal",         "MTA5",  "metatarsal_5",                                          Z3,      true,  false},
    {"first_dorsal_metatarsal",  "DMT1",  "dorsal_metatarsal_1",                                   Z3,      true,  false},
    {"second_dorsal_metatarsal", "DMT2",  "dorsal_metatarsal_2",                                   Z3,      true,  false},
    {"third_dorsal_metatarsal",  "DMT3",  "dorsal_metatarsal_3",                                   Z3,      true,  false},
    {"fourth_dorsal_metatarsal", "DMT4",  "dorsal_metatarsal_4",                                   Z3,      true,  false},
    {"digital",                  NULL,    "digital_artery",                                        Z3,      true,  false},
    {"first_digital",            "DIG1",  "digital_1 hallux",                                      Z3,      true,  false},
    {"second_digital",           "DIG2",  "digital_2",                                             Z3,      true,  false},
    {"third_digital",            "DIG3",  "digital_3",                                             Z3,      true,  false},
    {"fourth_digital",           "DIG4",  "digital_4",                                             Z3,      true,  false},
    {"fifth_digital",            "DIG5",  "digital_5",                                             Z3,      true,  false},
    /* The note does not speak of these: above the ankle, or without a zone of their own. */
    {"anterior_tibial",          "ATA",   "ata",                                                   0,       false, false},
    {"peroneal",                 "PER",   "fibular",                                               0,       false, false},
    {"tibioperoneal_trunk",      "TPT",   "",                                                      0,       false, false},
    {"popliteal",                "POP",   "",                                                      0,       false, false},
    {"superficial_femoral",      "SFA",   "",                                                      0,       false, false},
    {"arcuate",                  "ARC",   "",                                                      0,       false, false},
    {"deep_plantar",             "DPP",   "deep_plantar_perforating",                              0,       false, false},
    {"lateral_calcaneal",        "LCA",   "",                                                      0,       false, false},
    {"medial_calcaneal",         "MCA",   "",                                                      0,       false, false},
    {"medial_plantar_hallux",    "MPAH",  "",                                                      0,       false, false},
};
// clang-format on

/* Is `name` one of the blank-separated words? '-', ' ' and '_' are the same letter. */
static bool is_among(const char *words, const char *name)
{
    size_t size = strlen(name);

    for (const char *word = words; *word;) {
        size_t length = strcspn(word, " ");
        bool same = length == size;

        for (size_t i = 0; same && i < size; i++) {
            char letter = (char)tolower((unsigned char)name[i]);

            same = word[i] == (letter == ' ' || letter == '-' ? '_' : letter);
        }
        if (same)
            return true;
        word += length;
        word += strspn(word, " ");
    }
    return false;
}

const wadi_puncture_artery *wadi_puncture_at(int index)
{
    return index >= 0 && (size_t)index < WADI_COUNT_OF(ARTERIES) ? &ARTERIES[index] : NULL;
}

const wadi_puncture_artery *wadi_puncture_find(const char *name)
{
    for (size_t i = 0; i < WADI_COUNT_OF(ARTERIES); i++) {
        const wadi_puncture_artery *row = &ARTERIES[i];

        if (is_among(row->name, name) || is_among(row->aliases, name) ||
            (row->vessel && !strcasecmp(row->vessel, name)))
            return row;
    }
    return NULL;
}

const char *wadi_puncture_suggest(const char *name)
{
    const char *best = NULL;
    int best_distance = (int)strlen(name) / 2 + 1;

    for (size_t i = 0; i < WADI_COUNT_OF(ARTERIES); i++) {
        int distance = wadi_edit_distance(name, ARTERIES[i].name);

        if (distance < best_distance) {
            best_distance = distance;
            best = ARTERIES[i].name;
        }
    }
    return best;
}
