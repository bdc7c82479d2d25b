/** What a plan meets where it is applied. */
import type { Operation } from '../../vocabulary.ts';
import type { Candidate } from '../fit.ts';
import type { SetPrincipal } from '../named-principals.ts';

/** What runs now, and on what it could run. */
export type RunState = {
  readonly assignments: readonly { readonly node: string; readonly runner: string }[];
  /** Open ones, with the node that carries each and who asked for it; `held`: somebody runs it. */
  readonly sessions: readonly {
    readonly id: string;
    readonly node: string;
    readonly requester: string;
    readonly held: boolean;
  }[];
  /** Pending ones. */
  readonly approvals: readonly {
    readonly id: string;
    readonly session: string;
    readonly operation: Operation;
  }[];
  /** Names of the secrets that have a value. */
  readonly secrets: readonly string[];
  /** Those that are set. */
  readonly principals: readonly SetPrincipal[];
  /** Nodes that an operator took off: nobody is to run them. */
  readonly revoked: readonly string[];
  /** How often operators decided where a node runs, of those of which they did. */
  readonly decisions: readonly { readonly node: string; readonly n: number }[];
  /** Trusted runners. */
  readonly runners: readonly Candidate[];
};
