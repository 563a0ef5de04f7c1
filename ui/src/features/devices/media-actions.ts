import Mic from '@lucide/svelte/icons/mic';
import MicOff from '@lucide/svelte/icons/mic-off';
import Video from '@lucide/svelte/icons/video';
import VideoOff from '@lucide/svelte/icons/video-off';
import type { LocalMedia } from '../../call/local-media.svelte';
import { t } from '../../i18n/i18n.svelte';
import type { DeviceState } from '../../types';
import type { Action } from '../app-shell/actions';

interface MediaAction extends Action {
  readonly label: string;
  readonly icon: typeof Mic;
  readonly tone: (typeof TONES)[DeviceState];
  readonly run: (() => void) | null;
}

const TONES = { on: 'normal', starting: 'starting', off: 'off', missing: 'missing' } as const;

const MIC_LABELS = {
  on: 'media.mute',
  starting: 'media.mute',
  off: 'media.unmute',
  missing: 'media.no_microphone',
} as const;

const CAMERA_LABELS = {
  on: 'media.camera_off',
  starting: 'media.camera_off',
  off: 'media.camera_on',
  missing: 'media.no_camera',
} as const;

const isOn = (state: DeviceState): boolean => state === 'on' || state === 'starting';

/** Switching the microphone and the camera, and push to talk, which has no button. */
export function mediaActions(media: LocalMedia): [mic: MediaAction, camera: MediaAction, talk: Action] {
  return [
    {
      id: 'mic',
      label: t(MIC_LABELS[media.micState]),
      icon: isOn(media.micState) ? Mic : MicOff,
      tone: TONES[media.micState],
      run: media.toggleMicrophone,
    },
    {
      id: 'camera',
      label: t(CAMERA_LABELS[media.cameraState]),
      icon: isOn(media.cameraState) ? Video : VideoOff,
      tone: TONES[media.cameraState],
      run: media.toggleCamera,
    },
    { id: 'talk', run: { press: () => media.startPushToTalk(), release: () => media.stopPushToTalk() } },
  ];
}
