/** Files of tests that share a process leave it as they found it, also where they fail. */
import { afterAll, expect } from 'vitest';

const state = () => ({ env: { ...process.env }, directory: process.cwd(), umask: process.umask() });
const before = state();
afterAll(() => expect(state()).toEqual(before));
