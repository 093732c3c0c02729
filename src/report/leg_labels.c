/* Labels in two columns beside the leg, with lines that lead to what they name. Within a column
 * they keep the order of what they name and never lie on each other. */
#include "report/leg_impl.h"
#include "report/wrap_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_LINES = 4, LABEL_COLUMNS = 23 };
#define LABEL_SIZE  8.2
#define LABEL_STEP  9.3
#define LABEL_SPACE 3.6
#define COLUMN_EDGE 94.0 /* from the panel's edge to where leader lines start */

typedef struct label {
    char lines[LABEL_LINES][80]; /* the first one is bold */
    int line_count;
    double anchor[2], y; /* y of the top */
    bool right;
    int colour;
} label;

typedef struct labels {
    label items[LEG_LABEL_LIMIT];
    int count;
} labels;

typedef enum label_side { SIDE_MEDIAL, SIDE_LATERAL } label_side;

static void add_words(label *item, const char *words)
{
    wadi_text text = {0};
    char *line;

    report_wrap(&text, "", words, LABEL_COLUMNS);
    line = text.bytes;
    while (line && *line && item->line_count < LABEL_LINES) {
        size_t size = strcspn(line, "\n");

        snprintf(item->lines[item->line_count++], sizeof item->lines[0], "%.*s", (int)size,
                 line);
        line += size + (line[size] == '\n');
    }
    wadi_text_clear(&text);
}

static void add_label(labels *all, const leg_view *view, const double anchor[2],
                      label_side side, int colour, const char *title, const char *detail)
{
    label *item;

    if (all->count == LEG_LABEL_LIMIT)
        return;
    item = &all->items[all->count++];
    *item = (label){.anchor = {anchor[0], anchor[1]}, .colour = colour};
    item->right = (side == SIDE_LATERAL) == view->left;
    snprintf(item->lines[0], sizeof item->lines[0], "%s", title);
    item->line_count = 1;
    if (detail && detail[0])
        add_words(item, detail);
}

/* "posterior tibial a." */
static void short_title(const leg_view *view, const char *vessel, char out[64])
{
    static const char *const WORDS[][2] = {{" artery", " a."}, {" vein", " v."}};
    const char *title = report_vessel_title(view->limb, vessel);

    snprintf(out, 64, "%s", title);
    for (size_t i = 0; i < WADI_COUNT_OF(WORDS); i++) {
        char *found = strstr(out, WORDS[i][0]);

        /* Only a last word: "vein, medial" stays. */
        if (found && !found[strlen(WORDS[i][0])])
            snprintf(found, 64 - (size_t)(found - out), "%s", WORDS[i][1]);
    }
}

static bool occluded_at(const leg_view *view, const char *vessel, double frac)
{
    wadi_index count, index = wadi_limb_vessel(view->limb, vessel);
    const wadi_vessel *vessels = wadi_limb_vessels(view->limb, &count);
    double at_m;

    if (index == WADI_NONE)
        return false;
    at_m = frac * vessels[index].length_m;
    return vessels[index].occluded || wadi_limb_narrowing(view->limb, index, at_m, at_m) >= 1;
}

static void flow_words(const leg_view *view, const char *vessel, double frac, char out[80])
{
    double flow = leg_flow_ml_min(view, vessel, frac);
    wadi_index count, index = wadi_limb_vessel(view->limb, vessel);
    bool vein =
        index != WADI_NONE && wadi_limb_vessels(view->limb, &count)[index].kind == WADI_VEIN;
    char number[REPORT_NUMBER_SIZE];

    report_number(REPORT_FLOW, fabs(flow), number);
    if (occluded_at(view, vessel, frac))
        snprintf(out, 80, "occluded");
    else if (isfinite(flow))
        snprintf(out, 80, "%s mL/min%s", number, vein && flow < -0.1 ? ", to the toes" : "");
    else
        out[0] = '\0';
}

/* ", 84 mmHg" behind the flow. */
static void add_mean(const leg_view *view, const char *node, char words[80])
{
    double mmhg = node ? leg_pressure_mmhg(view, node) : (double)NAN;
    size_t used = strlen(words);

    if (isfinite(mmhg))
        snprintf(words + used, 80 - used, "%s%.0f mmHg", used ? ", " : "", mmhg);
}

static const struct named_vessel {
    const char *vessel;
    double frac;
    label_side side;
    const char *node; /* whose pressure is told too */
} NAMED[] = {
    {"CFA", 0.5, SIDE_LATERAL, NULL},  {"POP", 0.4, SIDE_LATERAL, "KNEE"},
    {"ATA", 0.42, SIDE_LATERAL, NULL}, {"PTA", 0.55, SIDE_MEDIAL, NULL},
    {"PER", 0.5, SIDE_LATERAL, NULL},  {"GSV", 0.62, SIDE_MEDIAL, NULL},
    {"SSV", 0.7, SIDE_LATERAL, NULL},  {"DPA", 0.35, SIDE_LATERAL, NULL},
    {"LPV", 0.45, SIDE_LATERAL, NULL}, {"MPV", 0.4, SIDE_MEDIAL, NULL},
};

static void add_vessels(labels *all, const leg_view *view)
{
    for (size_t i = 0; i < WADI_COUNT_OF(NAMED); i++) {
        char title[64], detail[80];
        double anchor[2];
        wadi_index count, index = wadi_limb_vessel(view->limb, NAMED[i].vessel);

        if (!leg_at(view, NAMED[i].vessel, NAMED[i].frac, anchor) ||
            (index != WADI_NONE && wadi_limb_vessels(view->limb, &count)[index].closed))
            continue;
        short_title(view, NAMED[i].vessel, title);
        flow_words(view, NAMED[i].vessel, NAMED[i].frac, detail);
        add_mean(view, NAMED[i].node, detail);
        add_label(all, view, anchor, NAMED[i].side, LEG_BLACK, title, detail);
    }
}

/* Narrowings that matter, by their share of the diameter. */
static void add_stenoses(labels *all, const leg_view *view)
{
    wadi_index count, vessel_count;
    const wadi_limb_lesion *lesions = wadi_limb_lesions(view->limb, &count);
    const wadi_vessel *vessels = wadi_limb_vessels(view->limb, &vessel_count);

    for (wadi_index i = 0; i < count; i++) {
        const wadi_vessel *vessel = &vessels[lesions[i].vessel];
        char title[64], detail[64];
        double anchor[2], middle_m = 0.5 * (lesions[i].from_m + lesions[i].to_m);

        if (lesions[i].kind != WADI_STENOSIS || lesions[i].stenosis_frac < 0.5 ||
            !leg_at(view, vessel->name, middle_m / vessel->length_m, anchor))
            continue;
        snprintf(title, sizeof title, "stenosis %.0f %%%s", 100 * lesions[i].stenosis_frac,
                 lesions[i].treated ? ", treated" : "");
        short_title(view, vessel->name, detail);
        add_label(all, view, anchor, SIDE_MEDIAL, LEG_BLACK, title, detail);
    }
}

/* A pressure where it is of interest. */
static void add_pressure(labels *all, const leg_view *view, const char *node, label_side side,
                         const char *title, double mmhg, const char *kind)
{
    char detail[80], number[REPORT_NUMBER_SIZE];
    double anchor[2];

    if (!leg_node(view, node, anchor) || !isfinite(mmhg))
        return;
    report_number(REPORT_PRESSURE, mmhg, number);
    snprintf(detail, sizeof detail, "%s mmHg %s", number, kind);
    add_label(all, view, anchor, side, LEG_BLACK, title, detail);
}

static void add_pressures(labels *all, const leg_view *view)
{
    add_pressure(all, view, "ANKA", SIDE_LATERAL, "ankle pressure",
                 view->outcome->ankle_pressure_mmhg.value, "systolic");
    add_pressure(all, view, "V1", SIDE_MEDIAL, "deep venous arch",
                 view->outcome->arch_pressure_mmhg.value, "mean");
    add_pressure(all, view, "DV4", SIDE_LATERAL, "dorsal venous arch",
                 leg_pressure_mmhg(view, "DV4"), "mean");
    add_pressure(all, view, "M1", SIDE_MEDIAL, "toe pressure",
                 view->outcome->toe_pressure_mmhg.value, "systolic");
}

static void add_crossing(labels *all, const leg_view *view)
{
    const wadi_crossing *crossing = &view->plan->crossing;
    wadi_index count;
    const wadi_segment *segments = wadi_limb_segments(view->limb, &count);
    char detail[120], flow[REPORT_NUMBER_SIZE], length[REPORT_NUMBER_SIZE];
    double point[2], along[2];
    leg_line line;

    for (wadi_index i = 0; i < count; i++) {
        if (segments[i].role != WADI_CROSSING)
            continue;
        leg_trace(view, i, &line);
        leg_line_at(&line, 0.5, point, along);
        if (isfinite(crossing->from_origin_mm))
            snprintf(detail, sizeof detail, "%s to %s, %.0f mm below the origin",
                     crossing->artery, crossing->vein, crossing->from_origin_mm);
        else
            snprintf(detail, sizeof detail, "%s to %s", crossing->artery, crossing->vein);
        add_label(all, view, point, SIDE_MEDIAL, LEG_BLACK, "crossing", detail);
        break;
    }
    if (!leg_conduit(view, &line))
        return;
    leg_line_at(&line, 0.45, point, along);
    report_number(REPORT_FLOW, view->outcome->conduit_flow_ml_min.value, flow);
    report_number(REPORT_LENGTH, view->plan->conduit_length_mm, length);
    snprintf(detail, sizeof detail, "%s mL/min, %s mm long", flow, length);
    add_label(all, view, point, SIDE_MEDIAL, LEG_PURPLE, "conduit to the foot", detail);
}

static void add_changes(labels *all, const leg_view *view)
{
    const wadi_plan *plan = view->plan;
    double point[2], middle = view->x + LEG_PANEL_WIDTH / 2;
    char title[64];

    add_crossing(all, view);
    for (wadi_index i = 0; i < plan->closure_count; i++) {
        label_side side;

        if (!leg_at(view, plan->closures[i], 0.5, point))
            continue;
        side = (point[0] > middle) == view->left ? SIDE_LATERAL : SIDE_MEDIAL;
        snprintf(title, sizeof title, "closed: %s", plan->closures[i]);
        add_label(all, view, point, side, LEG_ORANGE, title,
                  report_vessel_title(view->limb, plan->closures[i]));
    }
}

static void add_wound(labels *all, const leg_view *view)
{
    wadi_index bed = report_wound_bed(view->result);
    char title[64], name[WADI_NAME_SIZE];
    double anchor[2];

    if (bed == WADI_NONE || !view->result->wound_described)
        return;
    /* Toes have a node at the tip; other wounds are marked by their ring alone. */
    if (strcmp(view->result->wound_bed, "hallux") || !leg_node(view, "T1", anchor))
        return;
    report_bed_title(view->result->wound_bed, name);
    snprintf(title, sizeof title, "wound: %s", name);
    add_label(all, view, anchor, SIDE_MEDIAL, LEG_ORANGE, title, "");
}

static double height_of(const label *item)
{
    return item->line_count * LABEL_STEP + LABEL_SPACE;
}

static int by_anchor(const void *a, const void *b)
{
    const label *one = a, *two = b;

    if (one->right != two->right)
        return one->right ? 1 : -1;
    return (one->anchor[1] > two->anchor[1]) - (one->anchor[1] < two->anchor[1]);
}

/* Blocks of touching labels are centred on what they name (pool adjacent violators). */
static void place_column(label *items, int count, double top, double bottom)
{
    double first[LEG_LABEL_LIMIT], size[LEG_LABEL_LIMIT];
    int start[LEG_LABEL_LIMIT + 1], blocks = 0;

    for (int i = 0; i < count; i++) {
        double wanted = items[i].anchor[1] - 0.5 * height_of(&items[i]);

        start[blocks] = i;
        size[blocks] = height_of(&items[i]);
        first[blocks] = wanted;
        blocks++;
        while (blocks > 1 && first[blocks - 1] < first[blocks - 2] + size[blocks - 2]) {
            int a = blocks - 2, b = blocks - 1;
            double weight_a = start[b] - start[a], weight_b = i + 1 - start[b];

            first[a] =
                (weight_a * first[a] + weight_b * (first[b] - size[a])) / (weight_a + weight_b);
            size[a] += size[b];
            blocks--;
        }
    }
    start[blocks] = count;
    for (int k = 0; k < blocks; k++) {
        double y = first[k];

        for (int i = start[k]; i < start[k + 1]; i++) {
            items[i].y = y;
            y += height_of(&items[i]);
        }
    }
    /* Into the panel: down from the top, then up from the bottom. */
    for (int i = 0; i < count; i++)
        items[i].y = fmax(items[i].y, i ? items[i - 1].y + height_of(&items[i - 1]) : top);
    for (int i = count - 1; i >= 0; i--)
        items[i].y =
            fmin(items[i].y, (i + 1 < count ? items[i + 1].y : bottom) - height_of(&items[i]));
}

static void draw_label(drawing *d, const leg_view *view, const label *item)
{
    double edge = item->right ? view->x + LEG_PANEL_WIDTH - COLUMN_EDGE : view->x + COLUMN_EDGE;
    double knee = edge + (item->right ? -5 : 5),
           y = item->y + 0.5 * (height_of(item) - LABEL_SPACE);
    double text = edge + (item->right ? 2.5 : -2.5);
    const double leader[3][2] = {{edge, y}, {knee, y}, {item->anchor[0], item->anchor[1]}};

    drawing_path(d, leader, 3, false,
                 (draw_style){.stroke = LEG_WHITE, .fill = DRAW_NONE, .width = 1.5});
    drawing_path(d, leader, 3, false,
                 (draw_style){.stroke = LEG_GREY, .fill = DRAW_NONE, .width = 0.5});
    drawing_circle(d, item->anchor[0], item->anchor[1], 1.2,
                   (draw_style){.stroke = LEG_WHITE, .fill = LEG_BLACK, .width = 0.4});
    for (int i = 0; i < item->line_count; i++)
        drawing_words(d, text, item->y + (i + 0.86) * LABEL_STEP,
                      (draw_font){.size = LABEL_SIZE,
                                  .bold = i == 0,
                                  .colour = i == 0 ? item->colour : 0x404040,
                                  .anchor = item->right ? 0 : 1},
                      "%s", item->lines[i]);
}

void leg_draw_labels(drawing *d, const leg_view *view)
{
    labels all = {.count = 0};
    int left = 0;

    add_vessels(&all, view);
    add_stenoses(&all, view);
    add_pressures(&all, view);
    add_wound(&all, view);
    if (view->plan)
        add_changes(&all, view);
    qsort(all.items, (size_t)all.count, sizeof all.items[0], by_anchor);
    while (left < all.count && !all.items[left].right)
        left++;
    place_column(all.items, left, view->y, view->y + LEG_PANEL_HEIGHT);
    place_column(all.items + left, all.count - left, view->y, view->y + LEG_PANEL_HEIGHT);
    drawing_group(d, "%s-labels", view->id);
    for (int i = 0; i < all.count; i++)
        draw_label(d, view, &all.items[i]);
    drawing_end(d);
}
