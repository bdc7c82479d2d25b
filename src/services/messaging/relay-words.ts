/** Tells what a relay says to whoever runs this home: once each time it changes, and how it is now. */
import type { RelayStatus } from '../../ports/index.ts';
import type { Home } from './home.ts';
import { nowSeconds } from './home.ts';
import { hourly } from './log-lines.ts';

/** A relay may say something else each second; so much of it is told. */
const LINES_AN_HOUR = 30;

/** Notes the state and logs it where its words changed. */
export const createRelayWords = (home: Home): ((status: RelayStatus) => void) => {
  const said = new Map<string, string>();
  const mayTell = hourly(home, LINES_AN_HOUR);
  return ({ url, state, detail = '' }) => {
    home.tables.put('relays', { relay: url, state, detail, at: nowSeconds(home) });
    const before = said.get(url) ?? '';
    // In between it says nothing new: the trouble stands until it is over.
    if (detail === before || (detail === '' && state !== 'synced')) return;
    said.set(url, detail);
    if (!mayTell()) return;
    if (detail === '') home.log('info', `relay ${url} works`);
    else home.log('warning', `relay ${url} (${state}): ${detail}`);
  };
};

/** What relays said that something is wrong with, after a sentence that it explains. */
export const troubleClause = (trouble: readonly string[]): string =>
  trouble.map((words) => `; relay ${words}`).join('');

/** The relays that something is wrong with, one a line, in their own words; empty where all is well. */
export const relayTrouble = (home: Pick<Home, 'relays' | 'tables'>): string[] =>
  home.relays.flatMap((url) => {
    const row = home.tables.get('relays', url);
    return row && row.detail !== '' ? [`${url} (${row.state}): ${row.detail}`] : [];
  });
