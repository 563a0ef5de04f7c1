import type { Os } from '../../backend/generated';
import type { AudioProcessing, MediaDevice } from '../../types';

const devices = {
  speaker: 'Speakers',
  speaker_n: 'Speakers {{n}}',
  system_speaker: 'System default',
  test: 'Play a test sound',
  playing: 'Playing…',
  unheard: 'The test sound could not be played here.',
  sound: 'Microphone sound',
  processing: {
    echoCancellation: 'Cancel echo',
    noiseSuppression: 'Suppress noise',
    autoGainControl: 'Adjust volume automatically',
  } satisfies Record<AudioProcessing, string>,
  processing_hint: {
    echoCancellation: 'Turn off only with headphones, or the others hear themselves.',
    noiseSuppression: 'Turn off for music.',
    autoGainControl: 'Turn off if your microphone does this itself.',
  } satisfies Record<AudioProcessing, string>,
  unplugged: '{{was}} was disconnected. Now using {{now}}.',
  not_opened: '{{was}} could not be opened. Now using {{now}}.',
  back: '{{now}} is back and in use again.',
  some: {
    microphone: 'The microphone',
    camera: 'The camera',
    speaker: 'The speaker',
  } satisfies Record<MediaDevice, string>,
  another: {
    microphone: 'another microphone',
    camera: 'another camera',
    speaker: "the system's speakers",
  } satisfies Record<MediaDevice, string>,
  dismiss: 'Dismiss',
  silenced: 'The headset or the system mutes your microphone. Nobody hears you.',
  muted: 'You are muted.',
  muted_how: 'M unmutes; hold Space to talk.',
  /** Where the call runs in the app's window. */
  allow: {
    windows:
      'Allow it in Settings › Privacy & security › Camera and Microphone, also for desktop apps, then try again.',
    macos: 'Allow Parlour in System Settings › Privacy & Security › Camera and Microphone, then try again.',
    linux: "Allow it where your system asks, or in your system's privacy settings, then try again.",
  } satisfies Record<Os, string>,
  allow_browser: 'Allow it with the camera icon in the title bar of this window, then try again.',
  allow_browser_guest: 'Allow it with the icon in front of the address of this page, then try again.',
  /** In the lobby. */
  without: {
    camera: 'You can enter without it.',
    microphone: 'Until then nobody hears you.',
    both: 'You can enter without them.',
  },
};

export default devices;
