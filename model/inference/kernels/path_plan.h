/* The order in which the dynamic programme opens and closes the findings that are present.
 *
 * A condition linked to several present findings couples them: their bits ("explained or not yet")
 * must be open together while it is applied.  A bit is opened when its first such condition comes
 * and closed after its last; the cost of a step is 2^(bits open). */
#ifndef CLINVAL_PATH_PLAN_H
#define CLINVAL_PATH_PLAN_H

#include <stdint.h>

enum { MAX_POSITIVES = 64 };

typedef enum { OPEN_FINDING, APPLY_CONDITION, CLOSE_FINDING } step_kind;

typedef struct {
    step_kind kind;
    int which;      /* OPEN: bit of the finding; APPLY: index of the coupling condition; CLOSE: slot */
    int open_before; /* number of open bits when the step begins */
    int slots;      /* APPLY: where the slots of the condition's linked bits begin in `link_slot` */
    int64_t offset; /* where the vector that enters the step is kept */
} path_step;

typedef struct {
    int n_steps, width;
    int64_t n_stored;     /* states of all kept vectors together */
    uint64_t coupled;     /* bits that some coupling condition touches */
    path_step *steps;     /* capacity: n_coupling + 2 * MAX_POSITIVES */
    int *link_slot;       /* capacity: n_coupling * MAX_POSITIVES */
} path_plan;

/* Plan for `n_coupling` conditions whose linked present findings are the bits of `masks`; `pending` is
 * space for twice as many. */
void plan_path(const uint64_t *masks, int n_coupling, int *pending, path_plan *plan);

#endif
