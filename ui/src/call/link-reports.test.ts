import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LinkReports } from './link-reports';

const reported: [string, boolean][] = [];
let links: LinkReports;

beforeEach(() => {
  vi.useFakeTimers();
  reported.length = 0;
  links = new LinkReports((peer, up) => reported.push([peer, up]));
});
afterEach(() => vi.useRealTimers());

test('a link that comes back soon is reported once', () => {
  links.update('mei', 'connecting');
  links.update('mei', 'connected');
  links.update('mei', 'reconnecting');
  vi.advanceTimersByTime(10_000);
  links.update('mei', 'connected');
  vi.advanceTimersByTime(60_000);
  expect(reported).toEqual([['mei', true]]);
});

test('a link that stays down is reported as dead, and again when it is up', () => {
  links.update('mei', 'connected');
  links.update('mei', 'reconnecting');
  vi.advanceTimersByTime(15_000);
  expect(reported).toEqual([
    ['mei', true],
    ['mei', false],
  ]);
  links.update('mei', 'connected');
  expect(reported).toHaveLength(3);
});

test('a peer that has left is not reported', () => {
  links.update('mei', 'connected');
  links.update('mei', 'reconnecting');
  links.remove('mei');
  vi.advanceTimersByTime(60_000);
  expect(reported).toEqual([['mei', true]]);
});
