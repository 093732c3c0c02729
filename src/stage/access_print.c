/* Punctures as text and as JSON, with the card of steps that hold for all of them. */
#include "base/json_impl.h"
#include "stage/access_impl.h"

#include <math.h>
#include <string.h>

static const char *calcium_text(wadi_calcium calcium)
{
    static const char *const TEXTS[] = {"none", "mild", "moderate", "severe"};

    return TEXTS[calcium];
}

/* Angles as the C-arm shows them; which oblique is lateral depends on the leg. */
static void view_text(const wadi_view *view, bool left, char *out, size_t size)
{
    bool lateral = view->lateral_deg >= 0;

    snprintf(out, size, "%s %.0f, %s %.0f", lateral != left ? "RAO" : "LAO",
             fabs(view->lateral_deg), view->cranial_deg >= 0 ? "cranial" : "caudal",
             fabs(view->cranial_deg));
}

/* Which side of the foot the needle comes from. */
static const char *side_of(const wadi_access_site *s)
{
    if (s->from_dorsum)
        return "dorsal";
    if (s->from_sole)
        return "plantar";
    return s->entry_mm[0] < s->point_mm[0] ? "medial" : "lateral";
}

static const char *advice(const wadi_access_site *site)
{
    static const char *const ROWS[][2] = {
        {"DPA", "anteroposterior; lateral shows calcium better but loses the bone behind "
                "(buddy needle)"},
        {"TAR", "lateral is usually easier than anteroposterior"},
        {"PTA", "over the calcaneus; keep off the bend; dorsiflexion straightens the vessel"},
        {"CPA", "over the calcaneus; keep off the bend; dorsiflexion straightens the vessel"},
        {"MPA", "tilt the tube laterally until the base of the fifth metatarsal is clear"},
        {"LPA", "tilt the tube laterally until the base of the fifth metatarsal is clear"},
        {"PARCH", "from the dorsum, needle almost across the foot, between the metatarsals"},
        {"VARCH", "from the sole, for the venous sheath of an arterialization"},
    };

    for (size_t i = 0; i < WADI_COUNT_OF(ROWS); i++)
        if (!strcmp(ROWS[i][0], site->vessel))
            return ROWS[i][1];
    return site->zone == 3 ? "anteroposterior with craniocaudal tilt, toes plantar-flexed" : "";
}

static void add_site(wadi_text *out, const wadi_access *access, const wadi_access_site *s)
{
    char view[64] = "", depth[64] = "";

    wadi_text_add(out, "%2d  %s (%s), zone %d, %.0f mm along; difficulty %.1f\n", s->rank,
                  s->artery, s->vessel, s->zone, s->at_mm, s->difficulty);
    wadi_text_add(out, "    lumen %.2f mm, depth %.0f mm, calcium %s\n", s->lumen_mm,
                  s->depth_mm, calcium_text(s->calcium));
    wadi_text_add(out,
                  "    needle %d G %.0f mm%s%s; wire %g in; %s; haemostasis %s, balloon %.2f "
                  "mm for 3-5 min\n",
                  s->needle.gauge, s->needle.length_mm,
                  s->needle.telescoping ? ", telescoping in 18 G" : "",
                  s->needle.buddy ? ", buddy needle" : "", s->wire_in,
                  s->sheathless ? "sheathless" : "sheath allowed",
                  s->endoclamp_only ? "by balloon only" : "manual or by balloon",
                  s->balloon_mm);
    wadi_text_add(out,
                  "    way in: %s, %.0f degrees to the vessel, %.0f mm from the skin, "
                  "%.1f mm clear of bone\n",
                  side_of(s), s->entry_angle_deg, s->path_mm, fmin(s->room_mm, 99));
    if (s->has_view) {
        view_text(&s->view, access->left, view, sizeof view);
        view_text(&s->depth_view, access->left, depth, sizeof depth);
        wadi_text_add(out,
                      "    C-arm in line with needle and vessel: %s%s; depth view: %s; turn "
                      "the picture %.0f degrees %sclockwise\n",
                      view, s->reachable ? "" : " (beyond most C-arms: turn the foot)", depth,
                      fabs(s->roll_deg), s->roll_deg >= 0 ? "counter-" : "");
    }
    if (advice(s)[0])
        wadi_text_add(out, "    projection: %s\n", advice(s));
    if (!s->venous)
        wadi_text_add(out, "    %s: %d bed%s%s%s",
                      s->loss_simulated ? "its simulated loss starves" : "hangs on it",
                      s->beds_at_risk, s->beds_at_risk == 1 ? "" : "s",
                      s->beds_at_risk ? ": " : "", s->beds);
    if (s->loss_simulated)
        wadi_text_add(out, "; %d lose%s a tenth or more; %.1f %% of the foot's demand lost",
                      s->beds_affected, s->beds_affected == 1 ? "s" : "",
                      100 * s->demand_lost_frac);
    if (!s->venous)
        wadi_text_add(out, "\n");
    for (int i = 0; i < s->reason_count; i++)
        wadi_text_add(out, "    - %s\n", s->reasons[i]);
}

static const char *const CARD[] = {
    "short axis first, then long axis; a hockey-stick probe fits the foot (ultrasound)",
    "greatest magnification; the whole needle, not its tip, over the vessel (X-ray)",
    "through both walls, purge with less than 1 mL saline, withdraw until blood comes back",
    "advance the wire only with convincing back-bleeding",
    ("if it does not enter: flatten the needle, turn the bevel, then to and fro by 1-2 mm "
     "(toc-toc), withdrawing 1 mm at a time"),
    "a looped wire: turn the needle to retract it, look at its tip, replace it if damaged",
    "free the track with a mosquito forceps before a catheter follows",
    "a device that will not cross: ultra-low-profile balloon, then inner piercing",
    "spasm: one of nitroglycerin 200 microgram, verapamil 5 mg, papaverine 15 mg",
    "heparin is printed as 1 mg/kg, activated clotting time 250-300 s: see wadi score heparin",
    "pulsed fluoroscopy, short exposures, all shielding",
};

/* Where no artery can be punctured, or all have failed, in this order. */
static const char *const LADDER[][2] = {
    {"antegrade puncture below the ankle",
     "the foot vessels of the same pathway are occluded and those of the other are open; zone "
     "1, ultrasound"},
    {"balloon-assisted puncture", "no vessel to puncture and the plantar loop was tried and "
                                  "failed; a balloon lies in the arch"},
    {"plantar loop", "the arch can be passed from the other tibial artery"},
    {"transcollateral approach", "a collateral leads into the target beyond the occlusion"},
};

wadi_status wadi_access_text(const wadi_access *access, char **out, size_t *size,
                             wadi_error *err)
{
    wadi_text text = {0};

    *out = NULL;
    *size = 0;
    wadi_text_add(
        &text, "Punctures below the ankle, best first (foot flexed by %.0f degrees; %s)\n",
        access->plantar_flexion_deg,
        access->ultrasound ? "ultrasound guidance first" : "no ultrasound: X-ray and roadmap");
    if (!access->feasible_count)
        wadi_text_add(&text, "None is feasible.\n");
    for (int i = 0; i < access->feasible_count; i++)
        add_site(&text, access, &access->sites[i]);
    wadi_text_add(&text, "Not feasible\n");
    for (int i = access->feasible_count; i < access->site_count; i++)
        wadi_text_add(&text, "    %s (%s): %s\n", access->sites[i].artery,
                      access->sites[i].vessel, access->sites[i].refused);
    wadi_text_add(&text, "If no puncture succeeds\n");
    for (size_t i = 0; i < WADI_COUNT_OF(LADDER); i++)
        wadi_text_add(&text, "    %s: %s\n", LADDER[i][0], LADDER[i][1]);
    wadi_text_add(&text, "Card\n");
    for (size_t i = 0; i < WADI_COUNT_OF(CARD); i++)
        if (access->ultrasound ? i != 1 : i != 0)
            wadi_text_add(&text, "    %s\n", CARD[i]);
    wadi_text_add(&text, "Source: technical note on below-the-ankle retrograde punctures, J "
                         "Endovasc Ther; bones and "
                         "skin are drawn, not measured. Research and education only.\n");
    if (text.failed) {
        wadi_text_clear(&text);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the punctures as text");
    }
    *out = text.bytes;
    *size = text.size;
    return WADI_OK;
}

static json_t *point_json(const double point[3])
{
    json_t *list = json_array();

    for (int k = 0; k < 3; k++)
        json_array_append_new(list, wadi_json_number(point[k]));
    return list;
}

static json_t *view_json(const wadi_view *view, bool left)
{
    json_t *object = json_object();
    char text[64];

    view_text(view, left, text, sizeof text);
    json_object_set_new(object, "text", json_string(text));
    json_object_set_new(object, "lateral_oblique_deg", wadi_json_number(view->lateral_deg));
    json_object_set_new(object, "cranial_deg", wadi_json_number(view->cranial_deg));
    return object;
}

static json_t *site_json(const wadi_access *access, const wadi_access_site *s)
{
    json_t *o = json_object(), *reasons = json_array();

    json_object_set_new(o, "vessel", json_string(s->vessel));
    json_object_set_new(o, "artery", json_string(s->artery));
    json_object_set_new(o, "venous", json_boolean(s->venous));
    json_object_set_new(o, "feasible", json_boolean(s->feasible));
    json_object_set_new(o, "zone", json_integer(s->zone));
    json_object_set_new(o, "at_mm", wadi_json_number(s->at_mm));
    json_object_set_new(o, "point_mm", point_json(s->point_mm));
    json_object_set_new(o, "lumen_mm", wadi_json_number(s->lumen_mm));
    json_object_set_new(o, "depth_mm", wadi_json_number(s->depth_mm));
    json_object_set_new(o, "calcium", json_string(calcium_text(s->calcium)));
    json_object_set_new(o, "difficulty", wadi_json_number(s->difficulty));
    json_object_set_new(o, "beyond_disease_mm", wadi_json_number(s->beyond_disease_mm));
    if (!s->feasible) {
        json_object_set_new(o, "refused", json_string(s->refused));
    } else {
        json_object_set_new(o, "rank", json_integer(s->rank));
        json_object_set_new(o, "needle_gauge", json_integer(s->needle.gauge));
        json_object_set_new(o, "needle_length_mm", wadi_json_number(s->needle.length_mm));
        json_object_set_new(o, "telescoping", json_boolean(s->needle.telescoping));
        json_object_set_new(o, "buddy", json_boolean(s->needle.buddy));
        json_object_set_new(o, "wire_in", wadi_json_number(s->wire_in));
        json_object_set_new(o, "sheathless", json_boolean(s->sheathless));
        json_object_set_new(o, "hemostasis",
                            json_string(s->endoclamp_only ? "endoclamp" : "manual,endoclamp"));
        json_object_set_new(o, "balloon_mm", wadi_json_number(s->balloon_mm));
        json_object_set_new(o, "entry_mm", point_json(s->entry_mm));
        json_object_set_new(o, "entry_angle_deg", wadi_json_number(s->entry_angle_deg));
        json_object_set_new(o, "path_mm", wadi_json_number(s->path_mm));
        json_object_set_new(o, "room_to_bone_mm", wadi_json_number(s->room_mm));
        json_object_set_new(o, "approach", json_string(side_of(s)));
        json_object_set_new(o, "projection_advice", json_string(advice(s)));
        json_object_set_new(o, "beds_at_risk", json_integer(s->beds_at_risk));
        json_object_set_new(o, "beds", json_string(s->beds));
        json_object_set_new(o, "loss_simulated", json_boolean(s->loss_simulated));
        if (s->loss_simulated)
            json_object_set_new(o, "beds_affected", json_integer(s->beds_affected));
        if (s->loss_simulated)
            json_object_set_new(o, "demand_lost_frac", wadi_json_number(s->demand_lost_frac));
    }
    if (s->feasible && s->has_view) {
        json_object_set_new(o, "view", view_json(&s->view, access->left));
        json_object_set_new(o, "depth_view", view_json(&s->depth_view, access->left));
        json_object_set_new(o, "roll_deg", wadi_json_number(s->roll_deg));
        json_object_set_new(o, "view_reachable", json_boolean(s->reachable));
    }
    for (int i = 0; i < s->reason_count; i++)
        json_array_append_new(reasons, json_string(s->reasons[i]));
    json_object_set_new(o, "reasons", reasons);
    return o;
}

wadi_status wadi_access_json(const wadi_access *access, char **out, size_t *size,
                             wadi_error *err)
{
    json_t *o = json_object(), *sites = json_array(), *ladder = json_array(),
           *card = json_array();
    wadi_status status;

    for (int i = 0; i < access->site_count; i++)
        json_array_append_new(sites, site_json(access, &access->sites[i]));
    for (size_t i = 0; i < WADI_COUNT_OF(LADDER); i++) {
        json_t *step = json_object();

        json_object_set_new(step, "technique", json_string(LADDER[i][0]));
        json_object_set_new(step, "precondition", json_string(LADDER[i][1]));
        json_array_append_new(ladder, step);
    }
    for (size_t i = 0; i < WADI_COUNT_OF(CARD); i++)
        if (access->ultrasound ? i != 1 : i != 0)
            json_array_append_new(card, json_string(CARD[i]));
    json_object_set_new(o, "schema", json_string("wadi.access/1"));
    json_object_set_new(o, "plantar_flexion_deg",
                        wadi_json_number(access->plantar_flexion_deg));
    json_object_set_new(o, "guidance",
                        json_string(access->ultrasound ? "ultrasound" : "x-ray"));
    json_object_set_new(o, "feasible", json_integer(access->feasible_count));
    json_object_set_new(o, "sites", sites);
    json_object_set_new(o, "escalation", ladder);
    json_object_set_new(o, "card", card);
    status = wadi_json_text(o, out, size, err);
    json_decref(o);
    return status;
}
