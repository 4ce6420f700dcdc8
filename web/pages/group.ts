/** group gathers a list by a key, in order of first appearance. */
export function group<T, K>(list: readonly T[], key: (item: T) => K): T[][] {
  const groups = new Map<K, T[]>();
  for (const item of list) {
    const k = key(item), g = groups.get(k);
    if (g) g.push(item);
    else groups.set(k, [item]);
  }
  return [...groups.values()];
}
