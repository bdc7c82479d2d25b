/** What is made when it is first asked for, and is the same from then on. */
export const once = <T extends object>(make: () => T): (() => T) => {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

/** The same of each member of an object. */
export const eachOnce = <T extends Record<string, () => object>>(
  makers: T,
): { readonly [K in keyof T]: ReturnType<T[K]> } =>
  Object.defineProperties(
    {} as { readonly [K in keyof T]: ReturnType<T[K]> },
    Object.fromEntries(
      Object.entries(makers).map(([name, make]) => [name, { enumerable: true, get: once(make) }]),
    ),
  );
