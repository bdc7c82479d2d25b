/** What a check found: it holds, or what is wrong and how it is mended. */
import { EntangleError } from '../../core/errors.ts';
import type { FindingState } from '../../core/vocabulary.ts';
import { oneLine } from '../kit/render.ts';

export type DoctorFinding = {
  /** `machine`, or the home that was looked at: `host`, `runner NAME`, `user NAME`. */
  of: string;
  check: string;
  state: FindingState;
  words: string;
  mend: string | null;
};

/** A check as data. `look`: words of what holds; it throws what does not, with its hint. */
export type DoctorCheck = {
  name: string;
  /** What it is where it does not hold. */
  wrong: Exclude<FindingState, 'ok'>;
  look(): Promise<string>;
};

export const findingOf = async (
  of: string,
  { name: check, wrong, look }: DoctorCheck,
): Promise<DoctorFinding> => {
  try {
    return { of, check, state: 'ok', words: await look(), mend: null };
  } catch (error) {
    const { message, hint } = error instanceof EntangleError ? error : { ...saidBy(error), hint: undefined };
    return { of, check, state: wrong, words: message, mend: hint ?? null };
  }
};
const saidBy = (error: unknown): { message: string } => ({
  message: error instanceof Error ? error.message : String(error),
});

/** A line for each, and below it what to do. */
export const findingsText = (findings: readonly DoctorFinding[]): string => {
  const wide = (of: (one: DoctorFinding) => string) => Math.max(0, ...findings.map((one) => of(one).length));
  const [state, about] = [wide((one) => one.state), wide(aboutOf)];
  return findings
    .flatMap((one) => [
      `${one.state.padEnd(state)}  ${aboutOf(one).padEnd(about)}  ${oneLine(one.words)}`,
      ...(one.mend === null ? [] : [`${' '.repeat(state + about + 4)}${oneLine(one.mend)}`]),
    ])
    .join('\n');
};
const aboutOf = ({ of, check }: DoctorFinding): string => `${of} ${check}`;
