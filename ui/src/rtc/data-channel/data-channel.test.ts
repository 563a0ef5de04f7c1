import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SafetyCheck } from '../safety/check';
import { STATE } from '../testing';
import { DataChannel } from './data-channel';
import { newChatMessage } from './messages';
import { ReliableQueue } from './reliable-queue';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A channel whose peer sends what it likes. */
function open() {
  const events = {
    onState: vi.fn(),
    onVideoWish: vi.fn(),
    onMessage: vi.fn(),
    onDelivered: vi.fn(),
    onProblem: vi.fn(),
  };
  const rtcChannel = {
    readyState: 'open',
    send: vi.fn<(text: string) => void>(),
    onopen: null as (() => void) | null,
    onmessage: null as ((event: { data: string }) => void) | null,
  };
  const pc = { createDataChannel: () => rtcChannel } as unknown as RTCPeerConnection;
  const channel = new DataChannel(STATE, new ReliableQueue(), events, vi.fn());
  const attach = () => {
    channel.attach(pc, { start: vi.fn() } as unknown as SafetyCheck);
    rtcChannel.onopen?.();
  };
  attach();
  const receiveMessage = (message: object) => rtcChannel.onmessage?.({ data: JSON.stringify(message) });
  let n = 0;
  const receive = (text: string) => {
    n += 1;
    receiveMessage({ type: 'post', n, post: newChatMessage(text) });
  };
  const sent = () => rtcChannel.send.mock.calls.map(([text]) => JSON.parse(text) as { type: string });
  return { channel, events, attach, receive, receiveMessage, sent };
}

describe('messages of a peer', () => {
  it('are taken up to a length of text in all, and the rest is reported once', () => {
    const { events, receive } = open();
    const long = 'x'.repeat(4_000);
    // Twice what the peer's own app would send.
    for (let n = 0; n < 32; n += 1) receive(long);
    expect(events.onMessage).toHaveBeenCalledTimes(32);
    expect(events.onProblem).not.toHaveBeenCalled();
    for (let n = 0; n < 50; n += 1) receive(long);
    expect(events.onMessage).toHaveBeenCalledTimes(32);
    expect(events.onProblem.mock.calls).toEqual([['message_flood']]);
    vi.advanceTimersByTime(1_000);
    for (let n = 0; n < 4; n += 1) receive(long);
    expect(events.onMessage).toHaveBeenCalledTimes(34);
  });
});

describe('the wish for pictures', () => {
  const wish = { camera: { width: 640, height: 360 }, screen: null };

  it('is said again over the next link', () => {
    const { channel, attach, sent } = open();
    channel.sendVideoWish(wish);
    attach();
    const wishes = sent().filter(({ type }) => type === 'video_wish');
    expect(wishes).toEqual([
      { type: 'video_wish', ...wish },
      { type: 'video_wish', ...wish },
    ]);
  });

  it('of a peer is passed on', () => {
    const { events, receiveMessage } = open();
    receiveMessage({ type: 'video_wish', ...wish });
    expect(events.onVideoWish.mock.calls).toEqual([[wish]]);
  });
});

describe('silence', () => {
  const size = { width: 640, height: 360 };

  it.each([
    { says: { mic: true }, wish: { camera: null, screen: null }, isOdd: true },
    { says: { camera: true }, wish: null, isOdd: true },
    { says: { camera: true }, wish: { camera: size, screen: null }, isOdd: true },
    { says: { camera: true }, wish: { camera: null, screen: size }, isOdd: false },
    { says: { screen: true }, wish: { camera: null, screen: size }, isOdd: true },
    { says: { screen: true }, wish: { camera: size, screen: null }, isOdd: false },
    { says: {}, wish: { camera: size, screen: size }, isOdd: false },
    { says: null, wish: null, isOdd: false },
  ])('of a peer that shows $says, of which we wish $wish, is odd: $isOdd', ({ says, wish, isOdd }) => {
    const { channel, receiveMessage } = open();
    const nothing = { type: 'state', mic: false, camera: false, screen: false, hand: false };
    if (says) receiveMessage({ ...nothing, ...says });
    if (wish) channel.sendVideoWish(wish);
    expect(channel.expectsMedia).toBe(isOdd);
  });
});
