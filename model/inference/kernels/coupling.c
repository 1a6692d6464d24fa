/* Which conditions the present findings couple; see noisy_or.h. */
#include <stdlib.h>
#include <string.h>

#include "lanes.h"
#include "noisy_or.h"

int coupling_case_open(coupling_case *c, const noisy_or_network *net) {
    const size_t n = (size_t)net->n_conditions + 1;
    c->capacity_links = net->finding_begin[net->n_findings] + 1;
    c->mask = malloc(n * sizeof *c->mask);
    c->place = malloc(n * sizeof *c->place);
    c->coupling = malloc(n * sizeof *c->coupling);
    c->q_begin = malloc((n + 1) * sizeof *c->q_begin);
    c->coupling_mask = malloc(n * sizeof *c->coupling_mask);
    c->q = malloc((size_t)c->capacity_links * sizeof *c->q);
    c->lone = malloc(n * sizeof *c->lone);
    c->lone_bit = malloc(n * sizeof *c->lone_bit);
    c->lone_q = malloc(n * sizeof *c->lone_q);
    c->pending = malloc(2 * n * sizeof *c->pending);
    c->plan.steps = malloc((n + 2 * MAX_POSITIVES) * sizeof *c->plan.steps);
    c->plan.link_slot = malloc((size_t)c->capacity_links * sizeof *c->plan.link_slot);
    return c->mask && c->place && c->coupling && c->q_begin && c->coupling_mask && c->q && c->lone && c->lone_bit &&
                   c->lone_q && c->pending && c->plan.steps && c->plan.link_slot
               ? EXACT
               : NO_MEMORY;
}

void coupling_case_close(coupling_case *c) {
    free(c->mask);
    free(c->place);
    free(c->coupling);
    free(c->q_begin);
    free(c->coupling_mask);
    free(c->q);
    free(c->lone);
    free(c->lone_bit);
    free(c->lone_q);
    free(c->pending);
    free(c->plan.steps);
    free(c->plan.link_slot);
}

FOR_EVERY_PROCESSOR int coupling_case_read(coupling_case *c, const noisy_or_network *net, const int8_t *answers, int max_width) {
    c->n_present = c->n_coupling = c->n_lone = 0;
    c->silent_leaks = 1.0;
    memset(c->mask, 0, (size_t)net->n_conditions * sizeof *c->mask);
    for (int f = 0; f < net->n_findings; f++) {
        int64_t eight;
        if (f + 8 <= net->n_findings && (memcpy(&eight, answers + f, 8), eight == -1)) { /* eight unknown ones */
            f += 7;
            continue;
        }
        if (answers[f] == 0) c->silent_leaks *= 1.0 - net->leak[f];
        if (answers[f] != 1) continue;
        if (c->n_present == MAX_POSITIVES) return TOO_WIDE;
        const uint64_t bit = 1ULL << c->n_present;
        c->present[c->n_present++] = f;
        for (int t = net->finding_begin[f]; t < net->finding_begin[f + 1]; t++) c->mask[net->finding_condition[t]] |= bit;
    }
    /* Written to the next free place whatever the kind, and kept by moving on: no branch to mispredict. */
    int n_links = 0, n_lone = 0, n_coupling = 0;
    for (int d = 0; d < net->n_conditions; d++) {
        const uint64_t mask = c->mask[d];
        const int n = __builtin_popcountll(mask), is_lone = n == 1, couples = n > 1;
        c->place[d] = is_lone ? n_lone : couples ? n_coupling : -1;
        c->lone[n_lone] = d;
        c->lone_bit[n_lone] = __builtin_ctzll(mask | 1ULL << 63);
        n_lone += is_lone;
        c->coupling[n_coupling] = d;
        c->coupling_mask[n_coupling] = mask;
        c->q_begin[n_coupling] = n_links;
        n_coupling += couples;
        n_links += couples ? n : 0;
    }
    c->n_lone = n_lone;
    c->n_coupling = n_coupling;
    c->q_begin[c->n_coupling] = n_links;
    /* the findings are visited in the order of their bits, and so each condition's q are stored */
    for (int b = 0; b < c->n_present; b++) {
        const uint64_t below = (1ULL << b) - 1;
        for (int t = net->finding_begin[c->present[b]]; t < net->finding_begin[c->present[b] + 1]; t++) {
            const int d = net->finding_condition[t];
            const int couples = (c->mask[d] & (c->mask[d] - 1)) != 0, at = c->place[d];
            double *of_kind = couples ? c->q + c->q_begin[at] + __builtin_popcountll(c->mask[d] & below) : c->lone_q + at;
            *of_kind = net->finding_q[t];
        }
    }
    plan_path(c->coupling_mask, c->n_coupling, c->pending, &c->plan);
    return c->plan.width <= max_width ? EXACT : TOO_WIDE;
}
