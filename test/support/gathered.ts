/** All that comes, in its order. */
export const gathered = async <T>(from: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const one of from) all.push(one);
  return all;
};
