/** The graph at the Host, as commands ask for it. */
import { EntangleError } from '../../core/errors.ts';

type Ask = <T>(method: 'GET' | 'POST', path: string, body?: unknown) => Promise<T>;
export type Shown = {
  graph: string;
  revision: number;
  digest: string;
  parent: string | null;
  by: string;
  at: string;
  file: Record<string, unknown>;
};

/** The active revision, or null before the first. */
export const activeGraph = async (ask: Ask): Promise<Shown | null> => {
  try {
    return await ask<Shown>('GET', '/v1/graph');
  } catch (error) {
    if (error instanceof EntangleError && error.code === 'not_found') return null;
    throw error;
  }
};

/** Number and digest that an apply is made against. */
export const headBase = async (ask: Ask): Promise<{ n: number; digest: string | null }> => {
  const head = await activeGraph(ask);
  return head ? { n: head.revision, digest: head.digest.replace(/^sha256:/, '') } : { n: 0, digest: null };
};
