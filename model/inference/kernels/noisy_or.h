/* Exact inference in risk factors -> conditions -> findings with noisy-OR findings; see noisy_or.c. */
#ifndef CLINVAL_NOISY_OR_H
#define CLINVAL_NOISY_OR_H

#include <stdint.h>

#include "path_plan.h"

/* The network, links in compressed rows both ways; q = 1 - link probability. */
typedef struct {
    int32_t n_conditions, n_findings;
    const int32_t *finding_begin, *finding_condition;
    const double *finding_q;
    const int32_t *condition_begin, *condition_finding;
    const double *condition_q;
    const double *leak; /* by finding: P(present | no condition) */
} noisy_or_network;

/* A batch of interviews.  A *configuration* is one joint value of what is not known of risk factors
 * and demographics; given a configuration the conditions are independent a priori. */
typedef struct {
    int32_t n_cases, max_width;
    const int8_t *answers;         /* (cases, findings): 0 absent, 1 present, -1 not known */
    const double *negative;        /* (cases, conditions): product of q over the absent findings */
    const int32_t *configuration_begin; /* (cases + 1) */
    const int32_t *configuration_prior; /* by configuration: its row of `priors` */
    const double *configuration_weight; /* by configuration: P(configuration | what is known) */
    const double *priors;          /* (rows, conditions) */
} noisy_or_batch;

/* Which conditions touch the present findings of one interview, and the path through them. */
typedef struct {
    int n_present, n_coupling, n_lone;
    double silent_leaks;           /* product of 1 - leak over the absent findings */
    int present[MAX_POSITIVES];
    uint64_t *mask;                /* by condition: its present findings as bits */
    int *place;                    /* by condition: index among its kind, -1 where it touches none */
    int *coupling, *q_begin;       /* conditions with two or more present findings; where their q begin */
    uint64_t *coupling_mask;
    double *q;
    int *lone, *lone_bit;          /* conditions with exactly one */
    double *lone_q;
    int *pending;                  /* space for the plan */
    path_plan plan;
    int capacity_links;
} coupling_case;

enum { EXACT = 0, TOO_WIDE = 1, NO_MEMORY = 2 };

int coupling_case_open(coupling_case *c, const noisy_or_network *net);
void coupling_case_close(coupling_case *c);
/* Read the present findings of one interview; EXACT or TOO_WIDE. */
int coupling_case_read(coupling_case *c, const noisy_or_network *net, const int8_t *answers, int max_width);

#endif
