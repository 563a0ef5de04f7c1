import { describe, expect, it } from 'vitest';
import { captureDisplay, displayOptions, shareProblem } from './display';

const named = (name: string, message = '') => new DOMException(message, name);

describe('an error of getDisplayMedia', () => {
  it.each([
    [
      'after a while the person has closed the prompt',
      named('NotAllowedError', 'Permission denied'),
      900,
      'cancelled',
    ],
    ['nobody is that quick', named('NotAllowedError'), 20, 'refused'],
    ['Chromium names the system', named('NotAllowedError', 'Permission denied by system'), 900, 'refused'],
    ['a choice that the browser withdraws', named('AbortError'), 900, 'cancelled'],
    ['no such thing here', named('NotSupportedError'), 1, 'unsupported'],
    ['a window that protects itself', named('NotReadableError'), 900, 'unreadable'],
    ['nothing to share', named('NotFoundError'), 900, 'unreadable'],
    ['no click before', named('InvalidStateError'), 1, 'failed'],
    ['something else', 'what?', 900, 'failed'],
  ] as const)('%s', (_, error, after, problem) => expect(shareProblem(error, after)).toBe(problem));

  it('is reported where a webview does not have it', async () => {
    expect(await captureDisplay('text', undefined)).toEqual({ problem: 'unsupported' });
    expect(await captureDisplay('text', {} as MediaDevices)).toEqual({ problem: 'unsupported' });
  });
});

describe('the request', () => {
  it("has the system's audio only where the others' voices can be left out of it", () => {
    expect(displayOptions('text', false)).toMatchObject({ systemAudio: 'exclude' });
    expect(displayOptions('text', true)).toMatchObject({
      systemAudio: 'include',
      audio: { restrictOwnAudio: true },
    });
  });
  it('has no exact constraints: browsers refuse them', () => {
    expect(JSON.stringify([displayOptions('text', true), displayOptions('motion', false)])).not.toMatch(
      /"(exact|min)"/,
    );
  });
});
