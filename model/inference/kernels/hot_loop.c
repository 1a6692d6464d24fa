/* What `make bench` measures the hot loop against: the processor's own peak for code of this kind,
 * eight doubles at a time, multiplications and additions apart (no fused multiply-add: see lanes.h).
 * Both functions return the floating-point operations that they did; the caller holds the clock. */
#include <stdlib.h>
#include <string.h>

#include "lanes.h"
#include "noisy_or.h"

#define VALUE lanes
#define NAME(x) eight_##x
#include "path_dp.inc.h"

/* Sixteen chains of multiply, add in registers; nothing waits for memory or for another chain. */
FOR_EVERY_PROCESSOR double clinval_peak(int64_t rounds, double *sink) {
    enum { CHAINS = 16 };
    lanes x[CHAINS];
    for (int i = 0; i < CHAINS; i++) x[i] = lanes_of(1.0 + i);
    const lanes factor = lanes_of(0.999999), term = lanes_of(1e-7);
    for (int64_t r = 0; r < rounds; r++)
#pragma GCC unroll 16
        for (int i = 0; i < CHAINS; i++) x[i] = x[i] * factor + term;
    for (int i = 1; i < CHAINS; i++) x[0] += x[i];
    *sink = x[0][0];
    return 2.0 * CHAINS * LANES * (double)rounds;
}

/* Additions and multiplications of one pass forward and one back, counted from the plan. */
static double operations(const path_plan *plan, const int *q_begin) {
    double sum = 0.0;
    for (int i = 0; i < plan->n_steps; i++) {
        const path_step *step = &plan->steps[i];
        const double n = (double)((int64_t)1 << step->open_before);
        if (step->kind == OPEN_FINDING) sum += 2.0 * n + 7.0 * n;
        if (step->kind == APPLY_CONDITION) {
            const int links = q_begin[step->which + 1] - q_begin[step->which];
            sum += 2.0 * (links - 2) * 1.5 * n + 6.0 * n + 8.0 * n; /* explain both ways; fused ends */
        }
    }
    return sum * LANES;
}

/* `repeats` passes, forward and back, over each interview's path, with the priors `prior` (conditions). */
FOR_EVERY_PROCESSOR double clinval_hot_loop(const noisy_or_network *net, const noisy_or_batch *batch, const double *prior,
                                            int32_t repeats, double *sink) {
    coupling_case c;
    double sum = 0.0;
    *sink = 0.0;
    if (coupling_case_open(&c, net) != EXACT) return 0.0;
    for (int row = 0; row < batch->n_cases; row++) {
        if (coupling_case_read(&c, net, batch->answers + (int64_t)row * net->n_findings, batch->max_width) != EXACT) continue;
        const size_t width = (size_t)1 << c.plan.width, n = (size_t)c.n_coupling + 1;
        lanes *all = aligned_alloc(64, ((size_t)c.plan.n_stored + 3 * width + 2 * n + 4 * MAX_POSITIVES) * sizeof(lanes));
        if (!all) continue;
        lanes *pi = all, *joint = pi + n, *bits = joint + n, *work = bits + 4 * MAX_POSITIVES, *kept = work + 3 * width;
        for (int k = 0; k < c.n_coupling; k++) pi[k] = lanes_of(prior[c.coupling[k]]);
        for (int b = 0; b < MAX_POSITIVES; b++) bits[b] = lanes_of(30.0), bits[MAX_POSITIVES + b] = lanes_of(1.0);
        const eight_pass pass = {pi, bits, bits + MAX_POSITIVES, kept, work, work + width, work + 2 * width,
                                 joint, bits + 2 * MAX_POSITIVES, bits + 3 * MAX_POSITIVES};
        for (int r = 0; r < repeats; r++) {
            *sink += eight_forward(&c.plan, c.q_begin, c.q, &pass, lanes_of(1.0))[0];
            eight_backward(&c.plan, c.q_begin, c.q, &pass, lanes_of(1.0));
        }
        sum += operations(&c.plan, c.q_begin) * repeats;
        free(all);
    }
    coupling_case_close(&c);
    return sum;
}
