/* Posteriors in noisy-OR networks, for a batch of interviews.
 *
 * 1. An absent finding multiplies into its conditions' priors; 2. a condition linked to one present
 * finding only is folded into that finding's leak; 3. the others go through the dynamic programme of
 * path_dp.inc.h, along the path that path_plan.c finds; 4. a candidate question f is scored
 * (candidates.c) by absorbing "f absent" and running 3 again, eight candidates at once; what f present
 * would say follows from the law of total probability. */
#include "noisy_or_run.inc.h"

INLINED double wide_log(wide_number x) {
    if (!(x.mantissa > 0.0)) return -INFINITY;
    return lanes_log(lanes_of(x.mantissa))[0] + (double)x.exponent * 0.6931471805599453;
}

/* posterior, explaining (cases, conditions): P(present | E), P(present and a cause of a present finding
 * | E), where a condition that is certain beforehand counts as a cause; log_evidence (cases): -inf where the evidence is impossible;
 * status (cases): EXACT, or TOO_WIDE and then the other two are 0. */
FOR_EVERY_PROCESSOR int clinval_noisy_or_posterior(const noisy_or_network *net, const noisy_or_batch *batch, double *posterior,
                                                   double *explaining, double *log_evidence, int32_t *status) {
    workbench w;
    int failed = workbench_open(&w, net, batch);
    for (int row = 0; row < batch->n_cases && !failed; row++) {
        wide_number total;
        const int64_t begin = (int64_t)row * net->n_conditions;
        status[row] = base_run(&w, net, batch, row, posterior + begin, explaining + begin, &total);
        log_evidence[row] = wide_log(total);
        failed = status[row] == NO_MEMORY;
    }
    workbench_close(&w);
    return failed;
}

/* `negative` (cases, conditions) times q of each answered-absent finding; answers (cases, findings). */
void clinval_noisy_or_absorb(const noisy_or_network *net, int32_t n_cases, const int8_t *answers, double *negative) {
    for (int64_t row = 0; row < n_cases; row++)
        for (int f = 0; f < net->n_findings; f++) {
            if (answers[row * net->n_findings + f] != 0) continue;
            for (int t = net->finding_begin[f]; t < net->finding_begin[f + 1]; t++)
                negative[row * net->n_conditions + net->finding_condition[t]] *= net->finding_q[t];
        }
}

/* One more absent finding a case; finding[row] < 0: none. */
void clinval_noisy_or_absorb_one(const noisy_or_network *net, int32_t n_cases, const int32_t *finding, double *negative) {
    for (int64_t row = 0; row < n_cases; row++) {
        if (finding[row] < 0) continue;
        for (int t = net->finding_begin[finding[row]]; t < net->finding_begin[finding[row] + 1]; t++)
            negative[row * net->n_conditions + net->finding_condition[t]] *= net->finding_q[t];
    }
}
