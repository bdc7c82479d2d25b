/** Everything that is looked at, in the order in which a person would. */
import type { HomePaths } from '../kit/settings.ts';
import type { KeyOptions } from '../wiring/key-stores.ts';
import { type DoctorFinding, findingOf } from './finding.ts';
import { homeFindings } from './homes.ts';
import { machineChecks } from './machine.ts';
import { NO_FENCE } from './runner.ts';

export type Diagnosis = { findings: DoctorFinding[]; problems: number; warnings: number };

/** Where every runner here was made to use none, that bubblewrap does not work is no fault. */
export const unfenced = (one: DoctorFinding, homes: readonly DoctorFinding[]): DoctorFinding => {
  const runners = homes.filter(({ check }) => check === 'sandbox');
  const isWanted = runners.length === 0 || runners.some(({ words }) => words !== NO_FENCE);
  if (one.check !== 'sandbox' || one.state === 'ok' || isWanted) return one;
  return {
    ...one,
    state: 'ok',
    words: 'bubblewrap is not available, and no runner here uses it',
    mend: null,
  };
};

/** `root`: of the package. */
export const diagnose = async (root: string, paths: HomePaths, options: KeyOptions): Promise<Diagnosis> => {
  const [machine, homes] = await Promise.all([
    Promise.all(machineChecks(root).map((one) => findingOf('machine', one))),
    homeFindings(paths, options),
  ]);
  const findings = [...machine.map((one) => unfenced(one, homes)), ...homes];
  const count = (state: DoctorFinding['state']) => findings.filter((one) => one.state === state).length;
  return { findings, problems: count('problem'), warnings: count('warning') };
};
