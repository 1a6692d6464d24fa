/* A clique tree as the kernels see it: arrays of offsets, laid out by ../clique_tree_plan.py (which
 * mirrors both structs field by field) and never written to here.
 *
 * A *table* is a vector over the joint states of some variables: one for each variable (its
 * likelihood, later its marginal) and one for each clique's separator to its parent (the message).
 * They lie one after another in a workspace, a row a joint state and a lane a case, twice: `in` is
 * what flows to the root, `out` what flows back.
 *
 * A clique's joint states are cut into tiles of equal size that fit the L1 cache.  Attached to it
 * are its own separator (always first), its children's, and the variables that no separator holds;
 * joint state (tile o, entry e) meets row outer[o] + forward[e] of such a table.  `members` lists
 * the entries of a tile grouped by the row that they meet, and `kept` names those rows. */
#ifndef CLINVAL_CLIQUE_TREE_H
#define CLINVAL_CLIQUE_TREE_H
#include <stdint.h>

typedef struct {
    int64_t n_variables, n_cliques, n_rows, max_tile, max_attached;
    const int32_t *variable_row;      /* (n_variables + 1) first row of each variable's table */
    const int32_t *separator_row;     /* (n_cliques + 1) of each separator's; parents before children */
    const uint8_t *scaled;            /* (n_cliques) whether the message to the parent is rescaled */
    const int32_t *n_outer;           /* (n_cliques) tiles */
    const int32_t *n_tile;            /* (n_cliques) entries a tile */
    const int64_t *potential_at;      /* (n_cliques) where the clique's potential starts */
    const int32_t *potential_step;    /* (n_cliques) n_tile, or 0 for a potential that is 1 throughout */
    const double *potential;
    const int32_t *attached_at;       /* (n_cliques + 1) each clique's range of attached tables */
    const int32_t *attached_row;      /* (attached) first row of the table */
    const int32_t *attached_variable; /* (attached) which variable's table it is; -1 a separator's */
    const int64_t *outer_at;          /* (attached) into `outer` */
    const int64_t *forward_at;        /* (attached) into `forward` and `members` */
    const int64_t *kept_at;           /* (attached) into `kept` */
    const int32_t *n_kept;            /* (attached) rows that one tile meets */
    const int32_t *n_dropped;         /* (attached) entries that meet the same row */
    const int32_t *outer, *forward, *members, *kept;
    const int32_t *home_at;           /* (n_cliques + 1) variables whose evidence enters at the separator */
    const int32_t *home_variable;
    const int64_t *home_state_at;     /* into `home_state` */
    const uint8_t *home_state;        /* the variable's state in each row of the separator */
} clique_tree;

/* Which marginals are wanted, and so how far the outward pass must go. */
typedef struct {
    const uint8_t *visit;             /* (n_cliques) 0 no, 1 the separator only, 2 the clique too */
    const uint8_t *wanted;            /* (attached) whether the table's marginal is needed */
    const int32_t *column;            /* (n_variables) first output column, or -1 */
    int64_t n_columns;
} clique_tree_targets;

#endif
