/** How often each operation was asked since the Host started, and how that was answered. */

import { EntangleError } from '../../core/errors.ts';
import { NO_OPERATION } from '../../core/host-api/metrics.ts';
import { HTTP_STATUS } from '../../core/host-api/statuses.ts';
import type { OperationId } from '../../core/host-api/table.ts';

export type ApiCount = { operation: string; status: number; count: number };

export class ApiCounts {
  readonly #counts = new Map<string, ApiCount>();

  /** `id` null of what came to no operation. */
  count(id: OperationId | null, status: number): void {
    const operation = id ?? NO_OPERATION;
    const key = `${operation} ${status}`;
    const before = this.#counts.get(key)?.count ?? 0;
    this.#counts.set(key, { operation, status, count: before + 1 });
  }

  get all(): readonly ApiCount[] {
    return [...this.#counts.values()];
  }
}

/** As the server answers what is thrown: a refusal of its own has a status. */
export const statusOfError = (error: unknown): number => {
  if (error instanceof EntangleError) return HTTP_STATUS[error.code];
  const { status } = (error ?? {}) as { status?: unknown };
  return typeof status === 'number' ? status : HTTP_STATUS.bug;
};
