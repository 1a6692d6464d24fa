/* Greedy variable elimination over the present findings; see path_plan.h. */
#include "path_plan.h"

#include "lanes.h"

typedef struct {
    uint64_t open;
    int n_open;
    int bit_in_slot[MAX_POSITIVES];
    int slot_of_bit[MAX_POSITIVES];
    int remaining[MAX_POSITIVES]; /* coupling conditions not yet applied that touch the bit */
} front;

INLINED path_step *append(path_plan *plan, step_kind kind, int which, int open_before) {
    path_step *step = &plan->steps[plan->n_steps++];
    step->kind = kind;
    step->which = which;
    step->open_before = open_before;
    step->slots = 0;
    step->offset = plan->n_stored;
    plan->n_stored += (int64_t)1 << open_before;
    return step;
}

INLINED void open_bits(front *front, uint64_t bits, path_plan *plan) {
    for (bits &= ~front->open; bits; bits &= bits - 1) {
        const int bit = __builtin_ctzll(bits);
        append(plan, OPEN_FINDING, bit, front->n_open);
        front->open |= 1ULL << bit;
        front->slot_of_bit[bit] = front->n_open;
        front->bit_in_slot[front->n_open++] = bit;
    }
    if (front->n_open > plan->width) plan->width = front->n_open;
}

INLINED void close_finished(front *front, path_plan *plan) {
    /* from the highest slot down: what lies above a closed slot moves, what lies below does not */
    for (int slot = front->n_open - 1; slot >= 0; slot--) {
        const int bit = front->bit_in_slot[slot];
        if (front->remaining[bit]) continue;
        append(plan, CLOSE_FINDING, slot, front->n_open);
        front->open &= ~(1ULL << bit);
        front->n_open--;
        for (int s = slot; s < front->n_open; s++) {
            front->bit_in_slot[s] = front->bit_in_slot[s + 1];
            front->slot_of_bit[front->bit_in_slot[s]] = s;
        }
    }
}

/* The bit whose closing makes the fewest bits open at once; ties to the lowest. */
INLINED int cheapest_bit(const uint64_t *masks, const int *pending, int n_pending, const front *front, uint64_t coupled) {
    uint64_t neighbours[MAX_POSITIVES];
    for (uint64_t rest = coupled; rest; rest &= rest - 1) neighbours[__builtin_ctzll(rest)] = 0;
    for (int p = 0; p < n_pending; p++) {
        const uint64_t mask = masks[pending[p]];
        for (uint64_t rest = mask; rest; rest &= rest - 1) neighbours[__builtin_ctzll(rest)] |= mask;
    }
    int best = -1, fewest = MAX_POSITIVES + 1;
    for (uint64_t rest = coupled; rest; rest &= rest - 1) {
        const int bit = __builtin_ctzll(rest);
        if (!front->remaining[bit]) continue;
        const int would_be_open = __builtin_popcountll(front->open | neighbours[bit]);
        if (would_be_open < fewest) fewest = would_be_open, best = bit;
    }
    return best;
}

FOR_EVERY_PROCESSOR void plan_path(const uint64_t *masks, int n_coupling, int *pending, path_plan *plan) {
    front front = {.open = 0, .n_open = 0};
    int *others = pending + n_coupling; /* the second half of the caller's space */
    int n_pending = n_coupling, n_slots = 0;
    plan->n_steps = plan->width = 0;
    plan->n_stored = 0;
    plan->coupled = 0;
    for (int bit = 0; bit < MAX_POSITIVES; bit++) front.remaining[bit] = 0;
    for (int k = 0; k < n_coupling; k++) {
        pending[k] = k;
        plan->coupled |= masks[k];
        for (uint64_t rest = masks[k]; rest; rest &= rest - 1) front.remaining[__builtin_ctzll(rest)]++;
    }
    while (n_pending) {
        const int target = cheapest_bit(masks, pending, n_pending, &front, plan->coupled);
        /* the target's conditions to the front of `pending`, both parts in their order: ties stay lowest first */
        int n_touching = 0, n_others = 0;
        for (int p = 0; p < n_pending; p++) {
            if (masks[pending[p]] >> target & 1)
                pending[n_touching++] = pending[p];
            else
                others[n_others++] = pending[p];
        }
        for (int left = n_touching; left; left--) {
            /* of the target's conditions first the one that opens the fewest new bits */
            int chosen = -1, fewest = MAX_POSITIVES + 1;
            for (int p = 0; p < left && fewest; p++) {
                const int opened = __builtin_popcountll(masks[pending[p]] & ~front.open);
                if (opened < fewest) fewest = opened, chosen = p;
            }
            const int k = pending[chosen];
            open_bits(&front, masks[k], plan);
            path_step *step = append(plan, APPLY_CONDITION, k, front.n_open);
            step->slots = n_slots;
            for (uint64_t rest = masks[k]; rest; rest &= rest - 1) {
                const int bit = __builtin_ctzll(rest);
                plan->link_slot[n_slots++] = front.slot_of_bit[bit];
                front.remaining[bit]--;
            }
            for (int p = chosen; p < left - 1; p++) pending[p] = pending[p + 1];
            close_finished(&front, plan);
        }
        n_pending = n_others;
        for (int p = 0; p < n_others; p++) pending[p] = others[p];
    }
    plan->n_stored += 1; /* the last vector: one state, everything explained */
}
