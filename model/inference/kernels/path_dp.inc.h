/* The dynamic programme over "which present findings are explained so far", along a planned path.
 *
 * Included twice by noisy_or.c: with VALUE = lanes (eight priors at once, one plan) and with
 * VALUE = double (one prior).  V[s] is the probability that exactly the open findings in the bit set
 * s have a cause so far, and that every closed finding has one.  Nothing is ever subtracted, so the
 * result is exact to rounding however many findings are present (unlike Quickscore's alternating
 * sum, Heckerman 1989).
 *
 *   open finding b       V -> [lo_b V, hi_b V]         lo = P(leak and its lone conditions silent)
 *   apply condition k    V -> (1 - pi_k) V + pi_k K V  K explains each linked bit with 1 - q
 *   close slot p         keep the half in which it is explained
 *
 * The adjoint pass back yields every posterior:  P(k | E) = pi_k <K' g, V> / P(E). */

/* One bit of K (explain) and of its transpose. */
INLINED void NAME(explain)(const VALUE *in, VALUE *out, int64_t n, int64_t stride, double q) {
    const double c = 1.0 - q;
    for (int64_t base = 0; base < n; base += 2 * stride)
        for (int64_t s = base; s < base + stride; s++) {
            const VALUE low = in[s], high = in[s + stride];
            out[s] = q * low;
            out[s + stride] = high + c * low;
        }
}

INLINED void NAME(explain_transposed)(const VALUE *in, VALUE *out, int64_t n, int64_t stride, double q) {
    const double c = 1.0 - q;
    for (int64_t base = 0; base < n; base += 2 * stride)
        for (int64_t s = base; s < base + stride; s++) {
            const VALUE low = in[s], high = in[s + stride];
            out[s] = q * low + c * high;
            out[s + stride] = high;
        }
}

/* V -> (1 - pi) V + pi K V, the last two bits of K fused with the mixture to save passes over V. */
INLINED void NAME(apply)(const VALUE *v, VALUE *out, VALUE *work, int64_t n, const int *slot, const double *q, int n_links,
                         VALUE pi) {
    const VALUE *in = v;
    for (int j = 0; j < n_links - 2; j++, in = work) NAME(explain)(in, work, n, (int64_t)1 << slot[j], q[j]);
    const int64_t i = (int64_t)1 << slot[n_links - 2], k = (int64_t)1 << slot[n_links - 1];
    const int64_t inner = i < k ? i : k, outer = i < k ? k : i;
    const double q_inner = i < k ? q[n_links - 2] : q[n_links - 1], q_outer = i < k ? q[n_links - 1] : q[n_links - 2];
    const double c_inner = 1.0 - q_inner, c_outer = 1.0 - q_outer;
    const VALUE rest = 1.0 - pi;
    for (int64_t a = 0; a < n; a += 2 * outer)
        for (int64_t b = a; b < a + outer; b += 2 * inner)
            for (int64_t s = b; s < b + inner; s++) {
                const VALUE v00 = in[s], v10 = in[s + inner], v01 = in[s + outer], v11 = in[s + inner + outer];
                const VALUE w00 = q_inner * v00, w10 = v10 + c_inner * v00;
                const VALUE w01 = q_inner * v01, w11 = v11 + c_inner * v01;
                out[s] = rest * v[s] + pi * (q_outer * w00);
                out[s + inner] = rest * v[s + inner] + pi * (q_outer * w10);
                out[s + outer] = rest * v[s + outer] + pi * (w01 + c_outer * w00);
                out[s + inner + outer] = rest * v[s + inner + outer] + pi * (w11 + c_outer * w10);
            }
}

/* g -> (1 - pi) g + pi K' g in place; returns <K' g, v>. */
INLINED VALUE NAME(apply_transposed)(const VALUE *v, VALUE *g, VALUE *work, int64_t n, const int *slot, const double *q,
                                     int n_links, VALUE pi) {
    const VALUE *in = g;
    for (int j = 0; j < n_links - 2; j++, in = work) NAME(explain_transposed)(in, work, n, (int64_t)1 << slot[j], q[j]);
    const int64_t i = (int64_t)1 << slot[n_links - 2], k = (int64_t)1 << slot[n_links - 1];
    const int64_t inner = i < k ? i : k, outer = i < k ? k : i;
    const double q_inner = i < k ? q[n_links - 2] : q[n_links - 1], q_outer = i < k ? q[n_links - 1] : q[n_links - 2];
    const double c_inner = 1.0 - q_inner, c_outer = 1.0 - q_outer;
    const VALUE rest = 1.0 - pi, zero = pi - pi;
    VALUE dot00 = zero, dot10 = zero, dot01 = zero, dot11 = zero; /* four sums: additions need not wait for each other */
    for (int64_t a = 0; a < n; a += 2 * outer)
        for (int64_t b = a; b < a + outer; b += 2 * inner)
            for (int64_t s = b; s < b + inner; s++) {
                const VALUE v00 = in[s], v10 = in[s + inner], v01 = in[s + outer], v11 = in[s + inner + outer];
                const VALUE w00 = q_inner * v00 + c_inner * v10, w01 = q_inner * v01 + c_inner * v11;
                const VALUE t00 = q_outer * w00 + c_outer * w01, t10 = q_outer * v10 + c_outer * v11;
                dot00 += t00 * v[s];
                dot10 += t10 * v[s + inner];
                dot01 += w01 * v[s + outer];
                dot11 += v11 * v[s + inner + outer];
                g[s] = rest * g[s] + pi * t00;
                g[s + inner] = rest * g[s + inner] + pi * t10;
                g[s + outer] = rest * g[s + outer] + pi * w01;
                g[s + inner + outer] = rest * g[s + inner + outer] + pi * v11;
            }
    return (dot00 + dot10) + (dot01 + dot11);
}

typedef struct {
    const VALUE *pi;       /* P(coupling condition | risk factors, absent findings) */
    const VALUE *low, *high; /* by bit: silent and not silent, both times the bit's scale */
    VALUE *kept;           /* plan->n_stored vectors entries of the way forward */
    VALUE *work, *g, *g2;  /* 2^width each */
    VALUE *joint;          /* out, by coupling condition: P(k, E) */
    VALUE *idle;           /* out, unless NULL, by coupling condition: P(k) P(E | not k) */
    VALUE *silent, *loud;  /* out, by bit: d P(E) / d low, d P(E) / d high */
} NAME(pass);

/* P(present findings that are coupled), up to the scale of the bits. */
INLINED VALUE NAME(forward)(const path_plan *plan, const int *q_begin, const double *q, const NAME(pass) *pass, VALUE one) {
    VALUE *v = pass->kept;
    v[0] = one;
    for (int i = 0; i < plan->n_steps; i++) {
        const path_step *step = &plan->steps[i];
        const int64_t n = (int64_t)1 << step->open_before;
        const VALUE *in = v + step->offset;
        VALUE *out = v + step->offset + n;
        if (step->kind == OPEN_FINDING) {
            const VALUE low = pass->low[step->which], high = pass->high[step->which];
            for (int64_t s = 0; s < n; s++) {
                out[s] = in[s] * low;
                out[s + n] = in[s] * high;
            }
        } else if (step->kind == APPLY_CONDITION) {
            const int k = step->which;
            NAME(apply)(in, out, pass->work, n, plan->link_slot + step->slots, q + q_begin[k], q_begin[k + 1] - q_begin[k],
                        pass->pi[k]);
        } else {
            const int64_t stride = (int64_t)1 << step->which;
            for (int64_t base = 0, t = 0; base < n; base += 2 * stride)
                for (int64_t s = base + stride; s < base + 2 * stride; s++) out[t++] = in[s];
        }
    }
    return v[plan->n_stored - 1];
}

INLINED void NAME(backward)(const path_plan *plan, const int *q_begin, const double *q, const NAME(pass) *pass, VALUE one) {
    VALUE *g = pass->g, *other = pass->g2;
    const VALUE zero = one - one;
    g[0] = one;
    for (int i = plan->n_steps - 1; i >= 0; i--) {
        const path_step *step = &plan->steps[i];
        const int64_t n = (int64_t)1 << step->open_before;
        const VALUE *v = pass->kept + step->offset;
        if (step->kind == CLOSE_FINDING) {
            const int64_t stride = (int64_t)1 << step->which;
            for (int64_t base = 0, t = 0; base < n; base += 2 * stride)
                for (int64_t s = base; s < base + stride; s++, t++) {
                    other[s] = zero;
                    other[s + stride] = g[t];
                }
            VALUE *swap = g;
            g = other;
            other = swap;
        } else if (step->kind == APPLY_CONDITION) {
            const int k = step->which;
            if (pass->idle) {
                VALUE without = zero;
                for (int64_t s = 0; s < n; s++) without += g[s] * v[s];
                pass->idle[k] = pass->pi[k] * without;
            }
            pass->joint[k] = pass->pi[k] * NAME(apply_transposed)(v, g, pass->work, n, plan->link_slot + step->slots,
                                                                  q + q_begin[k], q_begin[k + 1] - q_begin[k], pass->pi[k]);
        } else {
            const VALUE low = pass->low[step->which], high = pass->high[step->which];
            VALUE silent = zero, loud = zero;
            for (int64_t s = 0; s < n; s++) {
                silent += g[s] * v[s];
                loud += g[s + n] * v[s];
                g[s] = low * g[s] + high * g[s + n];
            }
            pass->silent[step->which] = silent;
            pass->loud[step->which] = loud;
        }
    }
}
