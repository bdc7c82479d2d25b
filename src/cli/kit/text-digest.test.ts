import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { sha256Text } from './text-digest.ts';

test.each([0, 1, 55, 56, 64, 32_768, 32_769, 100_000])(
  'the digest of %i characters is that of their UTF-8',
  (size) => {
    for (const one of ['a', 'é', '漢', '\ud800']) {
      const text = one.repeat(size);
      expect(sha256Text(text)).toBe(createHash('sha256').update(text).digest('hex'));
    }
  },
);
