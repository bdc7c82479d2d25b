/** What a runner's home keeps of its probes: one of each agent and sandbox, the newest. */
import { join } from 'node:path';
import * as z from 'zod';
import { agentNamed, type ProbeRecord, probeRecord } from '../../../../core/acp/probe-record.ts';
import { MAX_PROBE } from '../../../../core/bounds.ts';
import { readShape } from '../../../../core/encoding/read-shape.ts';
import { systemFiles } from '../../../system/files.ts';
import { startedAs } from '../profiles.ts';
import { type KnownFiles, programsOf } from './programs.ts';

const records = z.array(probeRecord()).max(MAX_PROBE.kept);
const fileIn = (home: string): string => join(home, 'probes.json');

/** None where the file cannot be read: nothing is then known to hold. */
export const keptProbes = async (home: string): Promise<ProbeRecord[]> => {
  try {
    return readShape(records, JSON.parse((await systemFiles.read(fileIn(home))) ?? '[]')).data ?? [];
  } catch {
    return [];
  }
};

export const keepProbe = async (home: string, record: ProbeRecord): Promise<void> => {
  const others = (await keptProbes(home)).filter(
    ({ agent, sandbox }) => agent !== record.agent || sandbox !== record.sandbox,
  );
  const all = [...others, record].slice(-MAX_PROBE.kept);
  await systemFiles.write(fileIn(home), `${JSON.stringify(all, null, 2)}\n`);
};

const isStanding = async (record: ProbeRecord, known: KnownFiles): Promise<boolean> => {
  const agent = agentNamed(record.agent);
  if (agent === null) return false;
  const programs = await programsOf(startedAs({ type: 'acp', auth: 'none', ...agent }), known).catch(
    () => null,
  );
  return programs?.digest === record.programs;
};

/** What is kept, the newest last: of agents whose programs are what they were, and of others, which is void. */
export const judgedProbes = async (
  home: string,
  known: KnownFiles = new Map(),
): Promise<{ standing: ProbeRecord[]; void: ProbeRecord[] }> => {
  const kept = await keptProbes(home);
  const isSame = await Promise.all(kept.map((one) => isStanding(one, known)));
  return { standing: kept.filter((_, n) => isSame[n]), void: kept.filter((_, n) => !isSame[n]) };
};

/** What is kept of agents whose programs are what they were when they were tried, the newest last. Made once, it reads again what changed. */
export const standingProbes = (home: string): (() => Promise<ProbeRecord[]>) => {
  const known: KnownFiles = new Map();
  return async () => (await judgedProbes(home, known)).standing.slice(-MAX_PROBE.told);
};
