import { describe, expect, it } from 'vitest';
import { VideoSender, WHOLE_PICTURE } from './video-sender';

/** A sender as a browser has it: parameters are taken once, and only the last that were given out. */
class FakeSender {
  parameters = { transactionId: '0', encodings: [{ active: true, rid: 'x' }] } as RTCRtpSendParameters;
  changes = 0;
  closed = false;
  /** So many changes are refused, because a negotiation is under way. */
  refusals = 0;
  #given = 0;

  getParameters(): RTCRtpSendParameters {
    this.#given += 1;
    return structuredClone({ ...this.parameters, transactionId: String(this.#given) });
  }

  async setParameters(parameters: RTCRtpSendParameters): Promise<void> {
    await Promise.resolve();
    if (this.closed || parameters.transactionId !== String(this.#given)) {
      throw new DOMException('no', 'InvalidStateError');
    }
    this.refusals -= 1;
    if (this.refusals >= 0) throw new DOMException('no', 'InvalidModificationError');
    this.#given += 1;
    this.parameters = parameters;
    this.changes += 1;
  }
}

const settle = () => new Promise((resolve) => setTimeout(resolve));

function make() {
  const sender = new FakeSender();
  return { sender, video: new VideoSender(sender as unknown as RTCRtpSender) };
}

describe('a video sender', () => {
  it('starts small and is whole later, whatever is set meanwhile', async () => {
    const { sender, video } = make();
    video.limitScale(2);
    video.set(WHOLE_PICTURE);
    await settle();
    expect(sender.parameters.encodings[0]?.scaleResolutionDownBy).toBe(2);
    video.set({ ...WHOLE_PICTURE, scaleResolutionDownBy: 4 });
    await settle();
    expect(sender.parameters.encodings[0]?.scaleResolutionDownBy).toBe(4);
    video.set(WHOLE_PICTURE);
    video.limitScale(1);
    await settle();
    expect(sender.parameters.encodings[0]?.scaleResolutionDownBy).toBe(1);
  });

  it('is changed only by a change, and the last of many wins', async () => {
    const { sender, video } = make();
    video.set(WHOLE_PICTURE);
    await settle();
    expect(sender.changes).toBe(0);
    for (const scale of [2, 3, 4]) video.set({ ...WHOLE_PICTURE, scaleResolutionDownBy: scale });
    await settle();
    expect(sender.parameters.encodings).toEqual([{ active: true, rid: 'x', scaleResolutionDownBy: 4 }]);
    expect(sender.changes).toBe(1);
  });

  it('is changed though a negotiation is under way', async () => {
    const { sender, video } = make();
    sender.refusals = 1;
    video.limitScale(2);
    await settle();
    expect(sender.parameters.encodings[0]?.scaleResolutionDownBy).toBe(2);
  });

  it('that is closed throws at nobody, and one that refuses is asked again', async () => {
    const { sender, video } = make();
    const small = { ...WHOLE_PICTURE, scaleResolutionDownBy: 2 };
    sender.closed = true;
    video.set(small);
    video.sendKeyFrame();
    await settle();
    sender.closed = false;
    video.set(small);
    await settle();
    expect(sender.parameters.encodings[0]?.scaleResolutionDownBy).toBe(2);
  });
});
