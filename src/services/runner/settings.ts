/** Settings that a runner takes up while it serves: turns that run go on as they began. */
import { presentRunner } from './hello.ts';
import type { LiveSettings, Runner } from './runner.ts';

/** What it says of itself to the Host goes out at once: nodes are placed by it. */
export const takeUpSettings = async (runner: Runner): Promise<void> => {
  const next = await runner.newSettings();
  if (next === null) return;
  const { labels, capacity, memory, protocols, repositoryHooks } = next;
  Object.assign(runner, { labels, capacity, memory, protocols, repositoryHooks } satisfies LiveSettings);
  runner.turns.resize(capacity, memory);
  runner.home.log('info', 'takes up its settings, as config.yaml has them now');
  await presentRunner(runner);
};
