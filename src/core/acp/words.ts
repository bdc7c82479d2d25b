/** What an editor is told, in the words of the Agent Client Protocol: the rest of the vocabulary is ours. */

type Word<T extends readonly unknown[]> = T[number];

export const TOOL_KINDS = [
  ...(['read', 'edit', 'delete', 'move', 'search', 'execute'] as const),
  ...(['think', 'fetch', 'switch_mode', 'other'] as const),
] as const;
export type ToolKind = Word<typeof TOOL_KINDS>;
export const CALL_STATES = ['pending', 'in_progress', 'completed', 'failed'] as const;
export type CallState = Word<typeof CALL_STATES>;
export const PLAN_STATES = ['pending', 'in_progress', 'completed'] as const;
export type PlanState = Word<typeof PLAN_STATES>;
export const STOP_REASONS = ['end_turn', 'max_turn_requests', 'cancelled'] as const;
export type StopReason = Word<typeof STOP_REASONS>;
