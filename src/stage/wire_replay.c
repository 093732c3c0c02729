/* Ultrasound-guided parallel wiring as states and events: a scripted case is replayed. */
#include "wadi/wire.h"

#include "base/base_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Hayakawa 2023, table 2: antegrade only 41 of 65; 62 crossed. */
void wadi_wire_tree(double conventional_frac, wadi_wire_step steps[WADI_WIRE_STEPS])
{
    static const struct {
        const char *name;
        int success, count;
    } ROWS[WADI_WIRE_STEPS] = {
        {"antegrade, by angiography", 0, 0},
        {"IVUS-guided parallel wiring, antegrade alone", 41, 65},
        {"IVUS-guided with distal puncture, pedal or collateral way", 21, 24},
    };
    double left = 1;

    for (int k = 0; k < WADI_WIRE_STEPS; k++) {
        wadi_wire_step *step = &steps[k];

        step->name = ROWS[k].name;
        step->success = ROWS[k].success;
        step->count = ROWS[k].count;
        step->success_frac =
            step->count ? (double)step->success / step->count : conventional_frac;
        step->reached_frac = left;
        left *= 1 - step->success_frac;
        step->crossed_frac = 1 - left;
    }
}

/* ---- replay ---- */

typedef struct replay {
    wadi_wire_replay *r;
    const char *place;
    int line;
    wadi_error *err;
} replay;

static wadi_status out_of_order(const replay *run, const char *what)
{
    return wadi_fail(run->err, WADI_ERR_CONFLICT, "%s:%d: %s", run->place, run->line, what);
}

static bool ended(const wadi_wire_replay *r)
{
    return r->state == WADI_WIRE_DILATED || r->state == WADI_WIRE_STOPPED;
}

static wadi_status take_wire(const replay *run, double load_g)
{
    wadi_wire_replay *r = run->r;

    if (!(load_g > 0 && load_g <= 100))
        return wadi_fail(run->err, WADI_ERR_RANGE,
                         "%s:%d: a tip load of %g g: above 0 and up to 100 is wanted",
                         run->place, run->line, load_g);
    if (r->state == WADI_WIRE_CROSSED)
        return out_of_order(run, "a new wire after crossing");
    r->wires++;
    r->greatest_load_g = load_g > r->greatest_load_g ? load_g : r->greatest_load_g;
    if (r->state == WADI_WIRE_START) {
        r->state = WADI_WIRE_ANTEGRADE;
    } else if (r->state == WADI_WIRE_WATCHED || r->state == WADI_WIRE_PARALLEL) {
        r->state = WADI_WIRE_PARALLEL;
        r->excavator_rounds++;
    }
    return WADI_OK;
}

static wadi_status take_ivus(const replay *run, bool blocked)
{
    wadi_wire_replay *r = run->r;

    if (r->state == WADI_WIRE_START)
        return out_of_order(run, "the ultrasound catheter rides on a wire, and there is none");
    if (r->state == WADI_WIRE_CROSSED)
        return WADI_OK; /* to size the balloon */
    if (blocked)
        r->ivus_blocked = true;
    else if (r->state != WADI_WIRE_RETROGRADE)
        r->state = WADI_WIRE_WATCHED;
    return WADI_OK;
}

static wadi_status take_lumen(const replay *run)
{
    wadi_wire_state state = run->r->state;

    if (state == WADI_WIRE_START || state == WADI_WIRE_ANTEGRADE)
        return out_of_order(run, "a lumen is told by ultrasound, which is not there yet");
    return WADI_OK;
}

static wadi_status take_crossed(const replay *run)
{
    if (run->r->state == WADI_WIRE_START)
        return out_of_order(run, "crossed without a wire");
    if (run->r->state == WADI_WIRE_CROSSED)
        return out_of_order(run, "crossed twice");
    run->r->state = WADI_WIRE_CROSSED;
    return WADI_OK;
}

static wadi_status take_balloon(const replay *run, double size_mm, double vessel_mm)
{
    if (run->r->state != WADI_WIRE_CROSSED)
        return out_of_order(run, "a balloon before a wire has crossed");
    if (!(size_mm > 0 && vessel_mm > 0 && size_mm < 20 && vessel_mm < 20))
        return wadi_fail(run->err, WADI_ERR_RANGE,
                         "%s:%d: balloon %g mm, vessel %g mm: above 0 and below 20 are wanted",
                         run->place, run->line, size_mm, vessel_mm);
    if (size_mm > vessel_mm)
        return wadi_fail(run->err, WADI_ERR_CONFLICT,
                         "%s:%d: a balloon of %g mm in a vessel of %g mm", run->place,
                         run->line, size_mm, vessel_mm);
    run->r->state = WADI_WIRE_DILATED;
    return WADI_OK;
}

static wadi_status take_retrograde(const replay *run, const char *way)
{
    wadi_wire_state state = run->r->state;

    if (strcmp(way, "puncture") && strcmp(way, "pedal") && strcmp(way, "collateral"))
        return wadi_fail(run->err, WADI_ERR_PARSE,
                         "%s:%d: retrograde by '%s': puncture, pedal or collateral is wanted",
                         run->place, run->line, way);
    if (state == WADI_WIRE_START || state == WADI_WIRE_CROSSED)
        return out_of_order(run, "a retrograde wire is for an antegrade one that fails");
    run->r->retrograde = true;
    run->r->state = WADI_WIRE_RETROGRADE;
    return WADI_OK;
}

static wadi_status take_event(const replay *run, const char *text)
{
    char verb[24] = "", word[24] = "", rest[2] = "";
    double first = 0, second = 0;
    int words = sscanf(text, "%23s %23s %1s", verb, word, rest);
    int numbers = sscanf(text, "%*s %lf %lf %1s", &first, &second, rest);

    if (ended(run->r))
        return out_of_order(run, "an event after the end");
    run->r->events++;
    if (!strcmp(verb, "wire") && words == 2 && numbers == 1)
        return take_wire(run, first);
    if (!strcmp(verb, "balloon") && words == 3 && numbers == 2)
        return take_balloon(run, first, second);
    if (!strcmp(verb, "ivus") && (words == 1 || (words == 2 && !strcmp(word, "blocked"))))
        return take_ivus(run, words == 2);
    if (!strcmp(verb, "lumen") && words == 2 &&
        (!strcmp(word, "true") || !strcmp(word, "false")))
        return take_lumen(run);
    if (!strcmp(verb, "retrograde") && words == 2)
        return take_retrograde(run, word);
    if (!strcmp(verb, "distal") && words == 2 && !strcmp(word, "calcium")) {
        run->r->distal_calcium = true;
        return WADI_OK;
    }
    if (words == 1 && (!strcmp(verb, "advance") || !strcmp(verb, "stuck")))
        return run->r->wires ? WADI_OK : out_of_order(run, "there is no wire yet");
    if (words == 1 && !strcmp(verb, "crossed"))
        return take_crossed(run);
    if (words == 1 && !strcmp(verb, "stop")) {
        run->r->state = WADI_WIRE_STOPPED;
        return WADI_OK;
    }
    return wadi_fail(run->err, WADI_ERR_PARSE, "%s:%d: '%.40s' is no event", run->place,
                     run->line, text);
}

static const char *reason_of(const wadi_wire_replay *r)
{
    if (r->state == WADI_WIRE_DILATED)
        return r->retrograde             ? "crossed with a retrograde wire, dilated"
               : r->excavator_rounds > 1 ? "crossed by repeated ultrasound-guided parallel "
                                           "wiring (EXCAVATOR), dilated"
               : r->excavator_rounds ? "crossed by ultrasound-guided parallel wiring, dilated"
                                     : "crossed by the first way, dilated";
    if (r->failure_predicted)
        return "failure was to be expected: the ultrasound catheter did not advance and the "
               "lumen beyond is calcified; consider deep venous arterialization";
    if (r->state == WADI_WIRE_STOPPED)
        return "given up: consider deep venous arterialization";
    return r->state == WADI_WIRE_CROSSED ? "crossed, not dilated"
                                         : "the script ends on the way";
}

wadi_status wadi_wire_run(const char *place, const char *script, size_t size,
                          wadi_wire_replay *out, wadi_error *err)
{
    wadi_wire_replay r = {.state = WADI_WIRE_START};
    replay run = {&r, place, 0, err};
    size_t at = 0;

    while (at < size) {
        char line[200];
        size_t length = 0;
        bool comment = false;
        wadi_status status;

        run.line++;
        for (; at < size && script[at] != '\n'; at++) {
            char c = script[at];

            comment |= c == '#';
            if (comment)
                continue;
            if (length + 1 >= sizeof line || (c < ' ' && c != '\t' && c != '\r') || c > '~')
                return wadi_fail(err, WADI_ERR_PARSE,
                                 "%s:%d: a line of up to 198 plain characters is wanted", place,
                                 run.line);
            line[length++] = c;
        }
        at++;
        line[length] = '\0';
        if (strspn(line, " \t\r") == length)
            continue;
        status = take_event(&run, line);
        if (status)
            return status;
    }
    r.success = r.state == WADI_WIRE_DILATED;
    r.failure_predicted = r.ivus_blocked && r.distal_calcium;
    r.reason = reason_of(&r);
    *out = r;
    return WADI_OK;
}
