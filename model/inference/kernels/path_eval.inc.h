/* Up to WIDTH priors of one interview through the dynamic programme; see path_dp.inc.h.
 *
 * A member is a configuration of the risk factors together with at most one more absent finding
 * (the candidate question).  Its evidence and posteriors come out in units of the configuration's
 * own scale, so that evidences of one configuration can be compared without logarithms. */

typedef struct {
    VALUE *pi, *low, *high, *joint, *silent, *loud; /* as in NAME(pass) */
    VALUE *quiet, *caused;      /* by bit: P(neither leak nor lone conditions cause it), and 1 less that */
    VALUE *idle;                /* by coupling condition, without a candidate: P(k, none of its links fired | E) */
    VALUE *lone_pi, *lone_post, *lone_idle; /* by lone condition */
    VALUE *kept, *work, *g, *g2;
    int64_t kept_capacity, width_capacity;
} NAME(bench);

static void NAME(bench_close)(NAME(bench) *b) {
    VALUE *all[] = {b->pi, b->low, b->high, b->joint, b->silent, b->loud, b->quiet, b->caused, b->idle, b->lone_pi, b->lone_post, b->lone_idle, b->kept, b->work, b->g, b->g2};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static int NAME(bench_open)(NAME(bench) *b, int n_conditions) {
    const size_t n = (size_t)n_conditions + 1;
    memset(b, 0, sizeof *b);
    VALUE **by_condition[] = {&b->pi, &b->joint, &b->idle, &b->lone_pi, &b->lone_post, &b->lone_idle};
    VALUE **by_bit[] = {&b->low, &b->high, &b->silent, &b->loud, &b->quiet, &b->caused};
    for (int i = 0; i < 6; i++)
        if (!(*by_condition[i] = aligned_alloc(64, n * 64))) return NO_MEMORY;
    for (int i = 0; i < 6; i++)
        if (!(*by_bit[i] = aligned_alloc(64, MAX_POSITIVES * 64))) return NO_MEMORY;
    return EXACT;
}

static int NAME(bench_reserve)(NAME(bench) *b, const path_plan *plan) {
    const int64_t width = (int64_t)1 << plan->width;
    if (plan->n_stored > b->kept_capacity) {
        free(b->kept);
        b->kept_capacity = plan->n_stored + plan->n_stored / 2 + 64;
        if (!(b->kept = aligned_alloc(64, (size_t)((b->kept_capacity * (int64_t)sizeof(VALUE) + 63) / 64 * 64)))) return NO_MEMORY;
    }
    if (width > b->width_capacity) {
        VALUE **buffers[] = {&b->work, &b->g, &b->g2};
        b->width_capacity = width;
        for (int i = 0; i < 3; i++) {
            free(*buffers[i]);
            if (!(*buffers[i] = aligned_alloc(64, (size_t)((width * (int64_t)sizeof(VALUE) + 63) / 64 * 64)))) return NO_MEMORY;
        }
    }
    return EXACT;
}

/* P(a lone condition's finding has no other cause), where the condition itself is a certain one. */
static double NAME(quiet_without)(const NAME(bench) *b, const noisy_or_network *net, const coupling_case *c, int lone, int lane) {
    const int bit = c->lone_bit[lone];
    double quiet = 1.0 - net->leak[c->present[bit]];
    for (int i = 0; i < c->n_lone; i++)
        if (c->lone_bit[i] == bit && i != lone) quiet *= 1.0 - AT(b->lone_pi[i], lane) * (1.0 - c->lone_q[i]);
    return quiet;
}

/* `evidence`: P(present findings) of each member; posteriors of the coupling conditions go to b->joint
 * and of the lone ones to b->lone_post. */
INLINED VALUE NAME(evaluate)(NAME(bench) *b, const noisy_or_network *net, const coupling_case *c, const prepared *configurations,
                             const int *configuration, const int *candidate, int n_members, VALUE one) {
    const path_plan *plan = &c->plan;
    const VALUE zero = one - one;
    /* the priors, a member a lane */
    for (int k = 0; k < c->n_coupling; k++)
        for (int l = 0; l < WIDTH; l++)
            AT(b->pi[k], l) = configurations[configuration[l < n_members ? l : 0]].pi[c->coupling[k]];
    for (int i = 0; i < c->n_lone; i++)
        for (int l = 0; l < WIDTH; l++)
            AT(b->lone_pi[i], l) = configurations[configuration[l < n_members ? l : 0]].pi[c->lone[i]];
    for (int bit = 0; bit < c->n_present; bit++)
        for (int l = 0; l < WIDTH; l++) {
            const prepared *of = &configurations[configuration[l < n_members ? l : 0]];
            AT(b->quiet[bit], l) = of->silent[bit], AT(b->caused[bit], l) = of->loud[bit];
        }
    /* the candidate is absent: pi -> pi q / (1 - pi (1 - q)) for each of its conditions */
    for (int l = 0; l < n_members; l++) {
        if (candidate[l] < 0) continue;
        const double *pi = configurations[configuration[l]].pi;
        for (int t = net->finding_begin[candidate[l]]; t < net->finding_begin[candidate[l] + 1]; t++) {
            const int d = net->finding_condition[t], at = c->place[d];
            if (at < 0) continue;
            const double old = pi[d], q = net->finding_q[t], now = old * q / (1.0 - old * (1.0 - q));
            if (c->mask[d] & (c->mask[d] - 1)) {
                AT(b->pi[at], l) = now;
            } else {
                const double miss = 1.0 - c->lone_q[at], without = 1.0 - old * miss;
                const int bit = c->lone_bit[at];
                AT(b->lone_pi[at], l) = now;
                if (without > 0.0) {
                    const double fewer = AT(b->caused[bit], l) - AT(b->quiet[bit], l) / without * (old - now) * miss;
                    AT(b->caused[bit], l) = fewer > 0.0 ? fewer : 0.0;
                    AT(b->quiet[bit], l) *= (1.0 - now * miss) / without;
                } else {
                    const double rest = NAME(quiet_without)(b, net, c, at, l);
                    AT(b->caused[bit], l) = (1.0 - rest) + rest * now * miss;
                    AT(b->quiet[bit], l) = rest * (1.0 - now * miss);
                }
            }
        }
    }
    VALUE uncoupled = one;
    for (int bit = 0; bit < c->n_present; bit++) {
        VALUE scale;
        for (int l = 0; l < WIDTH; l++) AT(scale, l) = configurations[configuration[l < n_members ? l : 0]].scale[bit];
        b->low[bit] = b->quiet[bit] * scale;
        b->high[bit] = b->caused[bit] * scale;
        if (!(plan->coupled >> bit & 1)) {
            uncoupled *= b->high[bit];
            b->silent[bit] = zero;
            b->loud[bit] = one / b->high[bit]; /* times `scale` below: 1 / P(not silent) */
        }
    }
    const NAME(pass) pass = {b->pi, b->low, b->high, b->kept, b->work, b->g, b->g2, b->joint, candidate[0] < 0 ? b->idle : NULL, b->silent, b->loud};
    const VALUE coupled = NAME(forward)(plan, c->q_begin, c->q, &pass, one);
    NAME(backward)(plan, c->q_begin, c->q, &pass, one);
    const VALUE inverse = one / coupled;
    for (int k = 0; k < c->n_coupling; k++) b->joint[k] *= inverse;
    for (int k = 0; pass.idle && k < c->n_coupling; k++) {
        double silent = 1.0; /* with every link silent the rest has to explain the findings as if k were not present */
        for (int j = c->q_begin[k]; j < c->q_begin[k + 1]; j++) silent *= c->q[j];
        b->idle[k] *= silent * inverse;
    }
    for (int bit = 0; bit < c->n_present; bit++) {
        VALUE scale;
        for (int l = 0; l < WIDTH; l++) AT(scale, l) = configurations[configuration[l < n_members ? l : 0]].scale[bit];
        const VALUE to_posterior = plan->coupled >> bit & 1 ? scale * inverse : scale;
        b->silent[bit] *= to_posterior;
        b->loud[bit] *= to_posterior;
    }
    /* lone conditions in closed form: without i its finding's other causes are silent with `rest`, and not with
     * `others`: the cause's own share taken from `caused` again, which errs by a rounding of that share */
    for (int i = 0; i < c->n_lone; i++) {
        const int bit = c->lone_bit[i];
        const double q = c->lone_q[i], miss = 1.0 - q;
        const VALUE pi = b->lone_pi[i], causes = pi * miss, without = 1.0 - causes;
        VALUE rest = b->quiet[bit] / without, others = (b->caused[bit] - causes) / without;
        for (int l = 0; l < WIDTH; l++) {
            if (!(AT(without, l) > 0.0)) {
                AT(rest, l) = NAME(quiet_without)(b, net, c, i, l);
                AT(others, l) = 1.0 - AT(rest, l);
            }
            if (!(AT(others, l) > 0.0)) AT(others, l) = 0.0;
        }
        b->lone_idle[i] = pi * q * (rest * b->silent[bit] + others * b->loud[bit]);
        b->lone_post[i] = b->lone_idle[i] + pi * miss * b->loud[bit];
    }
    return coupled * uncoupled;
}
