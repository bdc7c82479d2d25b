/** The longest block of this thread's event loop, in its own processor time: what else runs on the machine does not count. */
const usedMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

/** Looks at every turn; `longest` since it began, or began again. */
export const watchBlocks = () => {
  let [last, longest] = [usedMs(), 0];
  const look = (): void => {
    const now = usedMs();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const looking = setInterval(look, 1);
  looking.unref();
  return {
    again: () => {
      [last, longest] = [usedMs(), 0];
    },
    longest: () => {
      look();
      return longest;
    },
  };
};
