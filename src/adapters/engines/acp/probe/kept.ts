/** What a runner's home keeps of its probes: one of each agent and sandbox, the newest. */
import { join } from 'node:path';
import * as z from 'zod';
import { type ProbeRecord, probeRecord } from '../../../../core/acp/probe-record.ts';
import { MAX_PROBE } from '../../../../core/bounds.ts';
import { readShape } from '../../../../core/encoding/read-shape.ts';
import { systemFiles } from '../../../system/files.ts';

const records = z.array(probeRecord).max(MAX_PROBE.kept);
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
