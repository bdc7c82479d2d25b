/** What `up` says of itself. */
import { expect, test } from 'vitest';
import { ready } from '../../test/support/text-surfaces.ts';
import { readyText, upNotes } from './up-text.ts';

test('where the graph file is that a person edits', () => {
  const up = { ...ready('x'), home: '/here/entangle' };
  expect(readyText(up)).toMatch(/^graph +\/here\/entangle\/graph\.yaml$/m);
  expect(upNotes(up, '/logs')).toContain('graph      /here/entangle/graph.yaml');
});
