/* Inward and outward pass over a clique tree (Jensen, Lauritzen & Olesen 1990) for WIDTH cases side
 * by side.  Included twice by clique_tree.c: WIDTH 8, and WIDTH 1 for trees whose tables are too
 * large to have eightfold.  Both do the same operations in the same order. */

#if WIDTH == 1
typedef double ROW;
INLINED ROW NAMED(row_of)(double x) { return x; }
INLINED ROW NAMED(quotient)(ROW a, ROW b) { return b > 0.0 ? a / b : 0.0; }
#else
typedef lanes ROW;
INLINED ROW NAMED(row_of)(double x) { return lanes_of(x); }
INLINED ROW NAMED(quotient)(ROW a, ROW b) { return lanes_select(b > 0.0, a / b, lanes_of(0.0)); }
#endif

/* What one block of cases needs; allocated once, used for every block. */
typedef struct {
    ROW *in, *out;                    /* (n_rows) tables */
    ROW *slab;                        /* (max_tile) one tile of a clique */
    ROW *rescale;                     /* (n_cliques) the power of two that a message was multiplied by */
    const ROW **factor;               /* (max_attached) tables that go into the product ... */
    const int32_t **forward;          /* ... and how a tile's entries meet them */
    int32_t *which;
    uint8_t *observed;                /* (n_variables) by any of the cases */
    int64_t exponent[WIDTH];          /* evidence = root total * 2^exponent */
} NAMED(block);

INLINED void NAMED(clear)(ROW *rows, int64_t n) {
    for (int64_t i = 0; i < n; i++) rows[i] = NAMED(row_of)(0.0);
}

/* slab[e] = potential[e] * factor[0][forward[0][e]] * factor[1][forward[1][e]] * ... */
INLINED void NAMED(product)(ROW *slab, const double *potential, int n_tile, int n, const ROW *const *factor,
                            const int32_t *const *forward) {
    const ROW *a = factor[0], *b = factor[1], *c = factor[2];
    const int32_t *to_a = forward[0], *to_b = forward[1], *to_c = forward[2];
    int done = n;
    switch (n) {
    case 0:
        for (int e = 0; e < n_tile; e++) slab[e] = NAMED(row_of)(potential[e]);
        break;
    case 1:
        for (int e = 0; e < n_tile; e++) slab[e] = potential[e] * a[to_a[e]];
        break;
    case 2:
        for (int e = 0; e < n_tile; e++) slab[e] = potential[e] * a[to_a[e]] * b[to_b[e]];
        break;
    default:
        for (int e = 0; e < n_tile; e++) slab[e] = potential[e] * a[to_a[e]] * b[to_b[e]] * c[to_c[e]];
        done = 3;
    }
    for (; done + 1 < n; done += 2) {
        a = factor[done], b = factor[done + 1], to_a = forward[done], to_b = forward[done + 1];
        for (int e = 0; e < n_tile; e++) slab[e] = slab[e] * a[to_a[e]] * b[to_b[e]];
    }
    if (done < n) {
        a = factor[done], to_a = forward[done];
        for (int e = 0; e < n_tile; e++) slab[e] *= a[to_a[e]];
    }
}

/* table[kept[t]] += sum of the entries of the tile that meet that row */
INLINED void NAMED(marginalise)(ROW *table, const ROW *slab, const int32_t *member, const int32_t *kept, int n_kept,
                                int n_dropped) {
    switch (n_dropped) {
    case 1:
        for (int t = 0; t < n_kept; t++) table[kept[t]] += slab[member[t]];
        break;
    case 2:
        for (int t = 0; t < n_kept; t++, member += 2) table[kept[t]] += slab[member[0]] + slab[member[1]];
        break;
    case 3:
        for (int t = 0; t < n_kept; t++, member += 3)
            table[kept[t]] += slab[member[0]] + slab[member[1]] + slab[member[2]];
        break;
    default:
        for (int t = 0; t < n_kept; t++, member += n_dropped) {
            ROW a = slab[member[0]], b = slab[member[1]], c = slab[member[2]], d = slab[member[3]];
            int u = 4;
            for (; u + 3 < n_dropped; u += 4) {
                a += slab[member[u]], b += slab[member[u + 1]];
                c += slab[member[u + 2]], d += slab[member[u + 3]];
            }
            for (; u < n_dropped; u++) a += slab[member[u]];
            table[kept[t]] += (a + b) + (c + d);
        }
    }
}

/* Likelihood rows from observed states: 1 for what was observed and for everything where nothing was. */
INLINED void NAMED(enter_evidence)(const clique_tree *tree, NAMED(block) *block, const int8_t *evidence, int n_cases) {
    for (int64_t v = 0; v < tree->n_variables; v++) {
        const int first = tree->variable_row[v], n_states = tree->variable_row[v + 1] - first;
        ROW *rows = block->in + first;
        block->observed[v] = 0;
        for (int s = 0; s < n_states; s++) rows[s] = NAMED(row_of)(1.0);
        for (int lane = 0; lane < n_cases; lane++) {
            const int state = evidence[lane * tree->n_variables + v];
            if (state < 0) continue;
            block->observed[v] = 1;
            for (int s = 0; s < n_states; s++) ((double *)(rows + s))[lane] = s == state;
        }
    }
}

/* The tables that clique k's potential is multiplied by: all that are attached, but for likelihoods
 * that are 1 throughout. The clique's own separator is in only on the way out. */
INLINED int NAMED(choose_factors)(const clique_tree *tree, NAMED(block) *block, int64_t k, int outwards) {
    int n = 0;
    for (int a = tree->attached_at[k] + !outwards; a < tree->attached_at[k + 1]; a++) {
        const int variable = tree->attached_variable[a];
        if (variable >= 0 && !block->observed[variable]) continue;
        block->forward[n] = tree->forward + tree->forward_at[a];
        block->which[n++] = a;
    }
    return n;
}

INLINED void NAMED(fill_slab)(const clique_tree *tree, NAMED(block) *block, int64_t k, int tile, int n) {
    const int own = tree->attached_at[k];
    for (int i = 0; i < n; i++) {
        const int a = block->which[i];
        const ROW *tables = a == own ? block->out : block->in;
        block->factor[i] = tables + tree->attached_row[a] + tree->outer[tree->outer_at[a] + tile];
    }
    NAMED(product)(block->slab, tree->potential + tree->potential_at[k] + (int64_t)tile * tree->potential_step[k],
                   tree->n_tile[k], n, block->factor, block->forward);
}

INLINED void NAMED(marginalise_onto)(const clique_tree *tree, NAMED(block) *block, ROW *tables, int a, int tile) {
    NAMED(marginalise)(tables + tree->attached_row[a] + tree->outer[tree->outer_at[a] + tile], block->slab,
                       tree->members + tree->forward_at[a], tree->kept + tree->kept_at[a], tree->n_kept[a],
                       tree->n_dropped[a]);
}

/* Multiply a message by a power of two a case, so that its sum is in [1, 2); exact, and zero stays zero. */
INLINED void NAMED(scale_message)(NAMED(block) *block, ROW *message, int64_t n, int64_t k) {
    ROW total = NAMED(row_of)(0.0);
    for (int64_t i = 0; i < n; i++) total += message[i];
    for (int lane = 0; lane < WIDTH; lane++) {
        double *value = (double *)(block->rescale + k) + lane;
        const int64_t exponent = exponent_of(((double *)&total)[lane]);
        block->exponent[lane] += exponent;
        *value = power_of_two(-exponent);
    }
    for (int64_t i = 0; i < n; i++) message[i] *= block->rescale[k];
}

/* Messages towards the root, leaves first; the last one is the root's, a single row: P(evidence). */
INLINED void NAMED(collect)(const clique_tree *tree, NAMED(block) *block) {
    memset(block->exponent, 0, sizeof block->exponent);
    for (int64_t k = tree->n_cliques - 1; k >= 0; k--) {
        const int64_t n_rows = tree->separator_row[k + 1] - tree->separator_row[k];
        ROW *message = block->in + tree->separator_row[k];
        NAMED(clear)(message, n_rows);
        const int n = NAMED(choose_factors)(tree, block, k, 0);
        for (int tile = 0; tile < tree->n_outer[k]; tile++) {
            NAMED(fill_slab)(tree, block, k, tile, n);
            NAMED(marginalise_onto)(tree, block, block->in, tree->attached_at[k], tile);
        }
        for (int h = tree->home_at[k]; h < tree->home_at[k + 1]; h++) {
            const int variable = tree->home_variable[h];
            if (!block->observed[variable]) continue;
            const ROW *likelihood = block->in + tree->variable_row[variable];
            const uint8_t *state = tree->home_state + tree->home_state_at[h];
            for (int64_t i = 0; i < n_rows; i++) message[i] *= likelihood[state[i]];
        }
        if (tree->scaled[k]) NAMED(scale_message)(block, message, n_rows, k);
    }
}

/* Messages away from the root, and every wanted marginal on the way.
 *
 * A separator's row first holds P(joint state | evidence); divided by what came in it is the message. */
INLINED void NAMED(distribute)(const clique_tree *tree, const clique_tree_targets *targets, NAMED(block) *block) {
    NAMED(clear)(block->out, tree->n_rows);
    block->out[tree->separator_row[0]] = NAMED(row_of)(1.0);
    for (int64_t k = 0; k < tree->n_cliques; k++) {
        if (!targets->visit[k]) continue;
        const int64_t n_rows = tree->separator_row[k + 1] - tree->separator_row[k];
        const ROW *came_in = block->in + tree->separator_row[k];
        ROW *message = block->out + tree->separator_row[k];
        for (int h = tree->home_at[k]; h < tree->home_at[k + 1]; h++) {
            const int variable = tree->home_variable[h];
            if (targets->column[variable] < 0) continue;
            ROW *marginal = block->out + tree->variable_row[variable];
            const uint8_t *state = tree->home_state + tree->home_state_at[h];
            for (int64_t i = 0; i < n_rows; i++) marginal[state[i]] += message[i];
        }
        if (targets->visit[k] < 2) continue;
        for (int64_t i = 0; i < n_rows; i++) message[i] = NAMED(quotient)(message[i], came_in[i]);
        if (tree->scaled[k])
            for (int64_t i = 0; i < n_rows; i++) message[i] *= block->rescale[k];
        const int first = tree->attached_at[k] + 1, last = tree->attached_at[k + 1];
        const int n = NAMED(choose_factors)(tree, block, k, 1);
        for (int tile = 0; tile < tree->n_outer[k]; tile++) {
            NAMED(fill_slab)(tree, block, k, tile, n);
            for (int a = first; a < last; a++)
                if (targets->wanted[a]) NAMED(marginalise_onto)(tree, block, block->out, a, tile);
        }
    }
}

INLINED void NAMED(write_marginals)(const clique_tree *tree, const clique_tree_targets *targets, const ROW *out,
                                    int n_cases, double *marginals) {
    for (int64_t v = 0; v < tree->n_variables; v++) {
        if (targets->column[v] < 0) continue;
        const int first = tree->variable_row[v], n_states = tree->variable_row[v + 1] - first;
        for (int lane = 0; lane < n_cases; lane++)
            for (int s = 0; s < n_states; s++)
                marginals[lane * targets->n_columns + targets->column[v] + s] =
                    ((const double *)(out + first + s))[lane];
    }
}

INLINED int NAMED(open_block)(const clique_tree *tree, NAMED(block) *block) {
    const size_t n_rows = 2 * tree->n_rows + tree->max_tile + tree->n_cliques, n = tree->max_attached + 3;
    block->in = aligned_alloc(64, (n_rows * sizeof(ROW) + 63) / 64 * 64);
    block->factor = calloc(n, sizeof *block->factor);
    block->forward = calloc(n, sizeof *block->forward);
    block->which = calloc(n, sizeof *block->which);
    block->observed = calloc(tree->n_variables + 1, 1);
    if (!block->in || !block->factor || !block->forward || !block->which || !block->observed) return 0;
    block->out = block->in + tree->n_rows;
    block->slab = block->out + tree->n_rows;
    block->rescale = block->slab + tree->max_tile;
    return 1;
}

INLINED void NAMED(close_block)(NAMED(block) *block) {
    free(block->in), free(block->factor), free(block->forward), free(block->which), free(block->observed);
}

/* See clique_tree_run. */
FOR_EVERY_PROCESSOR int NAMED(clique_tree_blocks)(const clique_tree *tree, const clique_tree_targets *targets,
                                                  const int8_t *evidence, int64_t n_cases, double *marginals,
                                                  double *log_evidence) {
    NAMED(block) block;
    const int opened = NAMED(open_block)(tree, &block);
    for (int64_t start = 0; opened && start < n_cases; start += WIDTH) {
        const int n = n_cases - start < WIDTH ? (int)(n_cases - start) : WIDTH;
        NAMED(enter_evidence)(tree, &block, evidence + start * tree->n_variables, n);
        NAMED(collect)(tree, &block);
        const double *total = (const double *)(block.in + tree->separator_row[0]);
        for (int lane = 0; lane < n; lane++)
            log_evidence[start + lane] = log_of(total[lane], block.exponent[lane]);
        if (!targets->n_columns) continue;
        NAMED(distribute)(tree, targets, &block);
        NAMED(write_marginals)(tree, targets, block.out, n, marginals + start * targets->n_columns);
    }
    NAMED(close_block)(&block);
    return opened;
}

#undef WIDTH
#undef NAMED
#undef ROW
