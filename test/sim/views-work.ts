/** Views of a federation at rest: each is made, whatever somebody sent. */

import { listAssignments } from '../../src/services/host/assignments.ts';
import { graphState } from '../../src/services/host/graph-state.ts';
import { listRunners, showRunner } from '../../src/services/host/runners.ts';
import { listRejects, status } from '../../src/services/host/status.ts';
import { sessionTree } from '../../src/services/user/tree.ts';
import { treeLine, treeRows } from '../../src/services/user/tree-words.ts';
import type { User } from '../../src/services/user/user.ts';
import { approvalRow, inbox, sessionView } from '../../src/services/user/views.ts';
import type { Federation } from './federation.ts';

const treeText = (user: User, id: string): string[] => {
  const tree = sessionTree(user, id);
  return tree ? treeRows(tree, String).map(treeLine) : [];
};

const failure = (what: string, view: () => unknown): string[] => {
  try {
    view();
    return [];
  } catch (error) {
    return [`${what} cannot be shown: ${error}`];
  }
};

export const notShown = ({ host, people }: Federation): string[] => {
  const ofHost = host.running?.host;
  const hosts: [string, () => unknown][] = ofHost
    ? [
        ['runners', () => listRunners(ofHost).items.map(({ name }) => showRunner(ofHost, name))],
        ['assignments', () => listAssignments(ofHost)],
        ['the running graph', () => graphState(ofHost)],
        ['the status', () => status(ofHost)],
        ['rejects', () => listRejects(ofHost)],
      ]
    : [];
  const persons = Object.values(people).flatMap(({ name, home }): [string, () => unknown][] => [
    [`the inbox of ${name}`, () => inbox(home, false)],
    [`everything of ${name}`, () => inbox(home, true)],
    [`sessions of ${name}`, () => home.tables.list('sessions').map((row) => sessionView(home, row))],
    [`approvals of ${name}`, () => home.tables.list('approvals').map((row) => approvalRow(home, row))],
  ]);
  const trees = Object.values(people).flatMap(({ name, home, running }): [string, () => unknown][] => {
    const ids = [...home.tables.list('sessions'), ...home.tables.list('approvals')].map((row) =>
      'session' in row ? row.session : row.id,
    );
    return running ? ids.map((id) => [`the tree of ${id} of ${name}`, () => treeText(running, id)]) : [];
  });
  return [...hosts, ...persons, ...trees].flatMap(([what, view]) => failure(what, view));
};
