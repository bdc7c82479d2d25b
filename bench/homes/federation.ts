/** Homes of a Host and of a person with so many lines each, and the relay that both know, which serves. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type TempHomes } from '../../test/support/cli.ts';
import { grownHome, templateDirectory } from './grown.ts';
import type { Owner } from './mint.ts';
import { HOME_OF } from './template.ts';

const RELAY_URL = /ws:\/\/127\.0\.0\.1:\d+/g;

export type GrownFederation = { lines: number; directory(owner: Owner): string; home(owner: Owner): string };

export const grownFederation = async (here: TempHomes, lines: number): Promise<GrownFederation> => {
  const home = (name: string): string => here.home(join(`${lines}`, name));
  const directory = (owner: Owner): string => here.home(join(`${lines}`, HOME_OF[owner]));
  cpSync(join(await templateDirectory(), 'relay'), home('relay'), { recursive: true });
  const port = await freePort();
  let host = '';
  for (const owner of ['host', 'alice'] as const) {
    await grownHome(owner, lines, home(owner));
    const path = join(directory(owner), 'config.yaml');
    const config = readFileSync(path, 'utf8');
    writeFileSync(path, config.replace(RELAY_URL, `ws://127.0.0.1:${port}`));
    host = /^graph: ([0-9a-f]{64})/m.exec(config)![1]!;
  }
  await here.start(home('relay'), ['relay', 'serve', '--port', String(port), '--owner', host]);
  return { lines, directory, home };
};
