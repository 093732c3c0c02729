/* A made-up plan result with real flows, for the tests of what is printed and drawn. */
#ifndef WADI_PLAN_MADE_UP_H
#define WADI_PLAN_MADE_UP_H

#include "near.h"

#include "wadi/report.h"

#include <stdlib.h>
#include <string.h>

typedef struct made_up {
    wadi_case *the_case;
    wadi_plan_result result;
} made_up;

/* The case as in cases/NAME.json, and the numbers of the leg as it is. */
made_up *made_up_new(const char *name);
/* Cross 25 mm below the origin of the posterior tibial artery; `plan_count` plans, 1 to 3. */
void made_up_plan(made_up *m, int plan_count);
/* As many lines as a talkative planner could write. */
void made_up_talk(made_up *m, int lines);
void made_up_free(made_up *m);

void made_up_note(wadi_notes *notes, const char *rule, const char *heading, const char *source,
                  const char *text);

#endif
