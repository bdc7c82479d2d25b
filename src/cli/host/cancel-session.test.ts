/** The end of a session as its operator asks for it, over the real Host behind its API. */
import { expect, test } from 'vitest';
import { SEEN_SESSION, type SingleHost, startSingleHost } from '../../../test/sim/single-host.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { MAX_END_REASON } from '../../core/bounds.ts';
import { callHost } from '../../core/host-api/client.ts';
import type { SessionState } from '../../core/vocabulary.ts';
import { cancelGivenSession, cancelledText, cancelQuestion } from './cancel-session.ts';

const S = SEEN_SESSION;
const observe = (one: SingleHost, state: SessionState, step: number) => one.observe({ state, step });
const working = async () => {
  const one = await startSingleHost();
  await one.place();
  await observe(one, 'accepted', 1);
  await observe(one, 'active', 2);
  return one;
};
const flags = { yes: true, 'no-input': true, reason: undefined, wait: undefined };
const cancel = (one: SingleHost, more: object = {}, id = S.slice(-8)) =>
  cancelGivenSession(one.client, id, { ...flags, ...more });
const isWanted = ({ home }: SingleHost) => home.tables.get('wanted_cancels', S) !== undefined;

test('is asked for by a piece of its id, with the reason, and says whom that is told', async () => {
  const one = await working();
  const asked = await cancel(one, { reason: 'too dear' });
  expect(asked).toMatchObject({ id: S, state: 'active', cancel: { by: 'bootstrap', reason: 'too dear' } });
  expect(cancelledText(asked)).toBe(
    `session ${S} of builder is to end: r1 is told; see \`entangle host session show ${S}\``,
  );
});

test('asks first, says what will happen and to whom, and changes nothing without a yes', async () => {
  const one = await working();
  const asked = cancelGivenSession(one.client, S, { ...flags, yes: false });
  await expect(asked).rejects.toMatchObject({ code: 'usage', hint: 'confirm with --yes' });
  expect(isWanted(one)).toBe(false);
  const view = await callHost(one.client, 'sessions.show', { params: { session: S } });
  expect(cancelQuestion(view)).toBe(
    `End session ${S} of builder? r1 ends the turn that runs, takes back what it asks people, and ends what it gave to others. alice is told that the Host ended it.`,
  );
  expect(cancelQuestion({ ...view, held: false })).toContain(
    'Nobody runs it now: it is ended when somebody takes it up.',
  );
});

test.each<[SessionState, object]>([
  ['cancelled', { state: 'cancelled' }],
  ['completed', { code: 'conflict', message: `session ${S} is completed: it was over before` }],
])('waited for, it answers what the runner said: %s', async (state, answer) => {
  const one = await working();
  const [waited] = await Promise.allSettled([
    cancel(one, { wait: 60_000 }),
    (async () => {
      await one.time.until('it is wanted', () => isWanted(one), 5_000);
      await observe(one, state, 3);
    })(),
  ]);
  expect(waited!.status === 'fulfilled' ? waited!.value : waited!.reason).toMatchObject(answer);
});

test('waited for in vain it says what it hangs on, and that it goes on', async () => {
  const one = await working();
  await expect(cancel(one, { wait: 0 })).rejects.toMatchObject({
    code: 'timed_out',
    message: `session ${S} is still active: r1 has not acknowledged that`,
    hint: `see \`entangle host session show ${S}\`: it is ended without this command`,
  });
  expect(isWanted(one)).toBe(true);
});

test('is refused where it is over, where another operator was first, and with a reason that is too long', async () => {
  const one = await working();
  await expect(cancel(one, { reason: 'x'.repeat(MAX_END_REASON + 1) })).rejects.toMatchObject({
    code: 'usage',
  });
  expect(isWanted(one)).toBe(false);
  await cancel(one);
  await expect(cancel(one)).rejects.toMatchObject({
    code: 'conflict',
    message: `operator "bootstrap" wants session ${S} ended already`,
  });
  await observe(one, 'cancelled', 3);
  await expect(cancel(one)).rejects.toMatchObject({
    code: 'conflict',
    message: `session ${S} is over already: cancelled`,
  });
  await expect(cancel(one, {}, uuidOf(7))).rejects.toMatchObject({ code: 'not_found' });
});
