import { expect, test } from 'vitest';
import { withoutInterrupts } from './interrupt.ts';

test('a Ctrl-C while another program has the terminal is not ours; one before and one after is', async () => {
  let heard = 0;
  const listener = () => {
    heard += 1;
  };
  process.on('SIGINT', listener);
  try {
    process.emit('SIGINT');
    const work = withoutInterrupts(async () => {
      process.emit('SIGINT');
      // Nobody at all would end the process
      expect(process.listenerCount('SIGINT')).toBe(1);
      throw new Error('it failed');
    });
    await expect(work).rejects.toThrow('it failed');
    expect(heard).toBe(1);
    process.emit('SIGINT');
    expect(heard).toBe(2);
  } finally {
    process.off('SIGINT', listener);
  }
});
