/** Sizes of the IN lists: few different texts, so that prepared statements are found again. */
const sizes = [1, 10, 100];

/**
 * Cuts values into lists for `IN (?, ...)`: each has one of a few sizes, filled up with its last value, which changes no result.
 */
export function inLists<Value>(values: readonly Value[]): Value[][] {
  const lists: Value[][] = [];
  const most = sizes.at(-1) ?? 1;
  for (let start = 0; start < values.length; start += most) {
    const list = values.slice(start, start + most);
    const size = sizes.find((candidate) => candidate >= list.length) ?? most;
    const last = list.at(-1);
    while (last !== undefined && list.length < size) {
      list.push(last);
    }
    lists.push(list);
  }
  return lists;
}

/** `?, ?, ?` for a list. */
export function placeholders(list: readonly unknown[]): string {
  return list.map(() => '?').join(', ');
}
