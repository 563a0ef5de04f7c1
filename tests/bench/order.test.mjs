import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shuffled } from './order.mjs';

test('every contender has its turn once, in an order that varies', () => {
  const orders = new Set();
  for (let n = 0; n < 200; n += 1) {
    const order = shuffled(['a', 'b', 'c']);
    assert.deepEqual([...order].sort(), ['a', 'b', 'c']);
    orders.add(order.join(''));
  }
  assert.equal(orders.size, 6);
});
