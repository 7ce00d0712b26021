/**
 * The action of the row that says what was pruned: `details` has the `sequence` and the `hash` of the last row that went,
 * so that the one behind it still follows something.
 */
export const PRUNED = 'audit.pruned';
