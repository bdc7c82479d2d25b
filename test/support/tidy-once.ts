/** Tidies a store once, as its runner does, and keeps one commit: a process to be killed over it. */
import { createGit } from '../../src/adapters/git/git.ts';

const [store = '', kept] = process.argv.slice(2);
await createGit().tidy(store, (commit) => commit === kept, true);
