/** Every reason for which a message may be refused says what becomes of the message, once. */
import { expect, test } from 'vitest';
import { OPEN_CHECKS } from '../src/core/protocol/open-checks.ts';
import { REFUSALS } from '../src/core/protocol/refusals.ts';
import { COUNTED_LIMITS, EDGE_DENIALS } from '../src/core/vocabulary.ts';
import { reasonPlaces } from './support/reason-codes.ts';

const DOOR = 'src/core/protocol/open-checks.ts';
/** What the door, the rules and the inbox say; the door's checks have reasons, and names beside them. */
const said = new Set([
  'malformed',
  ...OPEN_CHECKS.map(({ reason }) => reason),
  ...reasonPlaces().flatMap(({ path, code }) => (path === DOOR ? [] : [code])),
  ...EDGE_DENIALS,
  ...COUNTED_LIMITS,
]);
const listed = Object.values(REFUSALS).flat();

test('none is missing, and none is listed that nothing says', () => {
  expect([...said].filter((reason) => !listed.includes(reason))).toEqual([]);
  expect(listed.filter((reason) => !said.has(reason))).toEqual([]);
});

test('none ends in two ways', () => {
  expect(listed.filter((reason, i) => listed.indexOf(reason) !== i)).toEqual([]);
});
