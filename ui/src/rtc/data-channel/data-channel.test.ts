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
    send: vi.fn(),
    onmessage: null as ((event: { data: string }) => void) | null,
  };
  const pc = { createDataChannel: () => rtcChannel } as unknown as RTCPeerConnection;
  const channel = new DataChannel(STATE, new ReliableQueue(), events, vi.fn());
  channel.attach(pc, { start: vi.fn() } as unknown as SafetyCheck);
  let n = 0;
  const receive = (text: string) => {
    n += 1;
    rtcChannel.onmessage?.({ data: JSON.stringify({ type: 'post', n, post: newChatMessage(text) }) });
  };
  return { events, receive };
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
