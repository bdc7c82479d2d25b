/** What is read of a published change: whose word it is, and how to take it. */
import { expect, test } from 'vitest';
import type { ArtifactView } from '../../services/user/artifacts.ts';
import type { FetchedView } from '../../services/user/fetching.ts';
import { artifactText, fetchedText } from './artifact-text.ts';

const place = { repository: 'https://example.org/a.git', branch: 'entangle/builder/s', commit: 'c0' };
const view: ArtifactView = {
  ...place,
  ...{ id: 'a1', state: 'published', session: 's1', title: 'write', node: 'builder', approval: 'p1' },
  ...{
    change: 'published',
    message: 'm1',
    at: '2026-01-01T00:00:00.000Z',
    isSigned: true,
    why: null,
    kept: false,
  },
  signer: { name: 'builder', npub: 'npub1'.padEnd(63, 'q'), claimed: false },
  approved: {
    ...{ state: 'approved', decision: 'approved', subjectDigest: 'sha256:5', changes: 'sha256:6' },
    ...{ hunks: 'sha256:7', documentBytes: 12, files: 1 },
  },
  take: [{ name: 'take', command: 'git merge c0' }],
};

test('an artifact', () => {
  expect(artifactText(view)).toMatchInlineSnapshot(`
    "artifact         a1
    state            published
    commit           c0
    branch           entangle/builder/s
    repository       https://example.org/a.git
    signed by        builder (npub1qqqqqqqq…qqqqqqqq)
    message          m1 of 2026-01-01T00:00:00.000Z
    session          s1
    task             write
    approval         p1 approved by you
    you approved it  yes: exactly this commit, for this branch
    subject          sha256:5
    files            1, digest of their list sha256:6
    document         12 bytes, sha256:7

    take it: git merge c0
    fetch it: entangle user artifact fetch s1"
  `);
});

test('one that is not published yet, and one that others approved', () => {
  const asked = { id: null, state: null, change: 'proposed', message: null, at: null } as const;
  const open = artifactText({ ...view, ...asked, isSigned: false });
  expect(open).toMatch(/^state +proposed: not published, as far as is known here$/m);
  expect(open).not.toMatch(/^(?:look at|take|fetch) it/m);
  expect(open).toMatch(/^you approved it +no$/m);
  expect(open).not.toMatch(/^(artifact|message) /m);
  const why = 'rejected by bob:\nno';
  const failed = { ...view, ...asked, id: 'a1', state: 'failed', why } as const;
  expect(artifactText(failed)).toMatch(/^why +rejected by bob:/m);
  expect(artifactText(failed)).not.toContain('fetch it');
  expect(artifactText({ ...failed, kept: true })).toMatch(/^fetch it: entangle user artifact fetch a1$/m);
  expect(artifactText({ ...view, approved: null })).toMatch(/^approval +p1, of others$/m);
  expect(artifactText({ ...view, approval: null, approved: null })).toMatch(/^approval +none was needed$/m);
});

test('what was fetched', () => {
  const fetched: FetchedView = {
    ...place,
    ...{ artifact: 'a1', session: 's1', ref: 'refs/remotes/entangle/s1', at: '/clone', bytes: null },
    ...{ wasThere: false, checked: 'change', isSigned: true, take: view.take, unpublished: null },
  };
  expect(fetchedText(fetched)).toMatchInlineSnapshot(`
    "c0 is there now: as entangle/s1 in /clone
    its files are those that you were asked to approve
    take it: git merge c0"
  `);
  expect(fetchedText({ ...fetched, wasThere: true })).toContain('was there already');
  const unpublished = { change: 'rejected', why: 'rejected by bob:\nno' } as const;
  expect(fetchedText({ ...fetched, unpublished })).toContain('it is published nowhere: rejected by bob:');
  expect(fetchedText({ ...fetched, unpublished: { ...unpublished, why: null } })).toContain(
    'nowhere: rejected\n',
  );
  expect(fetchedText({ ...fetched, bytes: 1, at: '/f', checked: 'commit' })).toMatchInlineSnapshot(`
    "c0 is there now: in /f, a bundle of 1 byte
    it is the commit that its node signed; you were asked to approve nothing of it
    take it: git merge c0"
  `);
});
