/* A reader for the few things that the high-order solver's models say: vessels, laws, what
 * enters. It knows their syntax and no other. Lengths there are in cm unless told. */
#ifndef WADI_NEKTAR_MODEL_H
#define WADI_NEKTAR_MODEL_H

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NEKTAR_MOST = 512 };

typedef struct nektar_model {
    char *text;
    int parameter_count;
    struct {
        char name[32];
        double value;
    } parameters[NEKTAR_MOST];
} nektar_model;

/* ---- expressions ---- */

typedef struct nektar_scan {
    const nektar_model *model;
    const char *at;
    double t;
} nektar_scan;

static double nektar_sum(nektar_scan *s);

static void nektar_blank(nektar_scan *s)
{
    while (isspace((unsigned char)*s->at))
        s->at++;
}

static double nektar_atom(nektar_scan *s)
{
    char name[32];
    size_t size = 0;

    nektar_blank(s);
    if (*s->at == '-') {
        s->at++;
        return -nektar_atom(s);
    }
    if (*s->at == '(') {
        double value;
        s->at++;
        value = nektar_sum(s);
        nektar_blank(s);
        s->at += *s->at == ')';
        return value;
    }
    if (isdigit((unsigned char)*s->at) || *s->at == '.') {
        char *end;
        double value = strtod(s->at, &end);
        s->at = end;
        return value;
    }
    while ((isalnum((unsigned char)*s->at) || *s->at == '_') && size < sizeof name - 1)
        name[size++] = *s->at++;
    name[size] = 0;
    nektar_blank(s);
    if (!strcmp(name, "sin"))
        return sin(nektar_atom(s));
    if (!strcmp(name, "cos"))
        return cos(nektar_atom(s));
    if (!strcmp(name, "exp"))
        return exp(nektar_atom(s));
    if (!strcmp(name, "PI"))
        return 3.14159265358979323846;
    if (!strcmp(name, "t"))
        return s->t;
    for (int i = 0; i < s->model->parameter_count; i++)
        if (!strcmp(name, s->model->parameters[i].name))
            return s->model->parameters[i].value;
    return NAN;
}

static double nektar_product(nektar_scan *s)
{
    double value = nektar_atom(s);

    for (;;) {
        nektar_blank(s);
        if (*s->at == '*') {
            s->at++;
            value *= nektar_atom(s);
        } else if (*s->at == '/') {
            s->at++;
            value /= nektar_atom(s);
        } else {
            return value;
        }
    }
}

static double nektar_sum(nektar_scan *s)
{
    double value = nektar_product(s);

    for (;;) {
        nektar_blank(s);
        if (*s->at == '+') {
            s->at++;
            value += nektar_product(s);
        } else if (*s->at == '-') {
            s->at++;
            value -= nektar_product(s);
        } else {
            return value;
        }
    }
}

static inline double nektar_value(const nektar_model *model, const char *text, double t)
{
    nektar_scan scan = {model, text, t};

    return nektar_sum(&scan);
}

/* ---- the file ---- */

static inline void nektar_free(nektar_model *model)
{
    if (model)
        free(model->text);
    free(model);
}

static void nektar_drop_comments(char *text)
{
    char *from;

    while ((from = strstr(text, "<!--"))) {
        char *to = strstr(from, "-->");
        if (!to)
            return;
        memset(from, ' ', (size_t)(to + 3 - from));
    }
}

static void nektar_read_parameters(nektar_model *model)
{
    for (const char *at = model->text; (at = strstr(at, "<P>")); at += 3) {
        const char *is = strchr(at, '=');
        char name[32];
        if (!is || sscanf(at + 3, " %31[A-Za-z0-9_]", name) != 1 ||
            model->parameter_count == NEKTAR_MOST)
            continue;
        snprintf(model->parameters[model->parameter_count].name, 32, "%s", name);
        model->parameters[model->parameter_count].value = nektar_value(model, is + 1, 0);
        model->parameter_count++;
    }
}

/* NULL where there is no such file. */
static inline nektar_model *nektar_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    nektar_model *model;
    size_t size = 0;

    if (!file)
        return NULL;
    model = calloc(1, sizeof *model);
    if (model)
        model->text = calloc(1, 1 << 20);
    if (model && model->text)
        size = fread(model->text, 1, (1 << 20) - 1, file);
    fclose(file);
    if (!size) {
        nektar_free(model);
        return NULL;
    }
    nektar_drop_comments(model->text);
    nektar_read_parameters(model);
    return model;
}

static inline double nektar_parameter(const nektar_model *model, const char *name)
{
    return nektar_value(model, name, 0);
}

/* What stands in `<tag ID="index">`; NULL is none. */
static inline const char *nektar_item(const nektar_model *model, const char *tag, int index)
{
    char head[40];
    const char *at;

    snprintf(head, sizeof head, "<%s ID=\"%d\">", tag, index);
    at = strstr(model->text, head);
    return at ? at + strlen(head) : NULL;
}

/* Older files have functions and variables of one domain, "A_0[3]". */
static const char *nektar_old_law(const nektar_model *model, const char *function,
                                  const char *variable, int domain)
{
    char head[80], wanted[60];
    const char *at, *value;

    snprintf(head, sizeof head, "<FUNCTION NAME=\"%s[%d]\">", function, domain);
    snprintf(wanted, sizeof wanted, "VAR=\"%s\"", variable);
    at = strstr(model->text, head);
    if (!at) {
        snprintf(head, sizeof head, "<FUNCTION NAME=\"%s\">", function);
        snprintf(wanted, sizeof wanted, "VAR=\"%s[%d]\"", variable, domain);
        at = strstr(model->text, head);
    }
    at = at ? strstr(at, wanted) : NULL;
    value = at ? strstr(at, "VALUE=\"") : NULL;
    return value ? value + 7 : NULL;
}

/* The VALUE of a variable in a domain, within a function of that name; NULL is none. */
static inline const char *nektar_law(const nektar_model *model, const char *function,
                                     const char *variable, int domain)
{
    char head[80], wanted[40];
    const char *at, *end;

    snprintf(head, sizeof head, "<FUNCTION NAME=\"%s\">", function);
    snprintf(wanted, sizeof wanted, "VAR=\"%s\"", variable);
    at = strstr(model->text, head);
    end = at ? strstr(at, "</FUNCTION>") : NULL;
    for (; at && end && (at = strstr(at, wanted)) && at < end; at++) {
        const char *of = strstr(at, "DOMAIN=\""), *close = strstr(at, "/>");
        const char *value = strstr(at, "VALUE=\"");
        if (of && close && of < close && atoi(of + 8) != domain)
            continue;
        return value ? value + 7 : NULL;
    }
    return nektar_old_law(model, function, variable, domain);
}

/* The numbers of "S[0-4,7]"; returns how many there are. */
static inline int nektar_numbers(const char *at, int *member)
{
    int count = 0, last = -1;
    bool range = false;

    at = at ? strchr(at, '[') : NULL;
    for (at = at ? at + 1 : NULL; at && *at && *at != ']' && count < NEKTAR_MOST;) {
        if (isdigit((unsigned char)*at)) {
            char *end;
            int value = (int)strtol(at, &end, 10);
            for (int i = range ? last + 1 : value; i <= value; i++)
                member[count++] = i;
            last = value;
            range = false;
            at = end;
        } else {
            range = range || *at == '-';
            at++;
        }
    }
    return count;
}

/* Members of composite "C[k]"; returns their number. */
static inline int nektar_members(const nektar_model *model, int composite, int *member)
{
    return nektar_numbers(nektar_item(model, "C", composite), member);
}

/* The number in "C[k]". */
static inline int nektar_composite(const char *text)
{
    const char *at = text ? strstr(text, "C[") : NULL;

    return at ? atoi(at + 2) : -1;
}

/* First and last vertex of a domain and its length; false where there is no such domain. */
static inline bool nektar_domain(const nektar_model *model, int domain, int *first, int *last,
                                 double *length)
{
    int member[NEKTAR_MOST];
    const char *item = nektar_item(model, "D", domain),
               *old = strstr(model->text, "<DOMAIN> C");
    int count = 0;

    if (item)
        count = nektar_members(model, nektar_composite(item), member);
    else if (old && nektar_numbers(old, member) > domain)
        count = nektar_members(model, member[domain], member);

    *length = 0;
    for (int i = 0; i < count; i++) {
        const char *element = nektar_item(model, "S", member[i]);
        int a, b;
        double p[3], q[3];
        if (!element || sscanf(element, " %d %d", &a, &b) != 2)
            return false;
        const char *va = nektar_item(model, "V", a), *vb = nektar_item(model, "V", b);
        if (!va || !vb || sscanf(va, " %lf %lf %lf", p, p + 1, p + 2) != 3 ||
            sscanf(vb, " %lf %lf %lf", q, q + 1, q + 2) != 3)
            return false;
        if (i == 0)
            *first = a;
        *last = b;
        *length += hypot(hypot(p[0] - q[0], p[1] - q[1]), p[2] - q[2]);
    }
    return count > 0;
}

/* What a region says of a variable: its type ("" is none) and its value; NULL is none. */
static inline const char *nektar_boundary(const nektar_model *model, int region,
                                          const char *variable, char type[32])
{
    char head[40], wanted[40];
    const char *at, *end, *close, *of, *value;

    snprintf(head, sizeof head, "<REGION REF=\"%d\">", region);
    snprintf(wanted, sizeof wanted, "VAR=\"%s\"", variable);
    type[0] = 0;
    at = strstr(model->text, head);
    end = at ? strstr(at, "</REGION>") : NULL;
    at = at ? strstr(at, wanted) : NULL;
    if (!at || !end || at > end || !strstr(at, "VALUE=") || strstr(at, "VALUE=") > end)
        return NULL;
    close = strstr(at, "/>");
    of = strstr(at, "USERDEFINEDTYPE=\"");
    if (of && close && of < close)
        sscanf(of + 17, "%31[^\"]", type);
    value = strstr(at, "VALUE=\"");
    return value ? value + 7 : NULL;
}

#endif
