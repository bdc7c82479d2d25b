/** Everything that is looked at, in the order in which a person would. */
import type { HomePaths } from '../kit/settings.ts';
import type { KeyOptions } from '../wiring/key-stores.ts';
import { type DoctorFinding, findingOf } from './finding.ts';
import { homeFindings } from './homes.ts';
import { machineChecks } from './machine.ts';

export type Diagnosis = { findings: DoctorFinding[]; problems: number; warnings: number };

/** `root`: of the package. */
export const diagnose = async (root: string, paths: HomePaths, options: KeyOptions): Promise<Diagnosis> => {
  const [machine, homes] = await Promise.all([
    Promise.all(machineChecks(root).map((one) => findingOf('machine', one))),
    homeFindings(paths, options),
  ]);
  const findings = [...machine, ...homes];
  const count = (state: DoctorFinding['state']) => findings.filter((one) => one.state === state).length;
  return { findings, problems: count('problem'), warnings: count('warning') };
};
