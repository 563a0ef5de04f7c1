/**
 * The items in a random order.
 *
 * @template T
 * @param {readonly T[]} items
 * @param {() => number} [random] from 0 to 1
 */
export function shuffled(items, random = Math.random) {
  const order = [...items];
  for (let end = order.length - 1; end > 0; end -= 1) {
    const chosen = Math.floor(random() * (end + 1));
    [order[end], order[chosen]] = [/** @type {T} */ (order[chosen]), /** @type {T} */ (order[end])];
  }
  return order;
}
