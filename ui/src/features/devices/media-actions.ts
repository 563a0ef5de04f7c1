import Mic from '@lucide/svelte/icons/mic';
import MicOff from '@lucide/svelte/icons/mic-off';
import Video from '@lucide/svelte/icons/video';
import VideoOff from '@lucide/svelte/icons/video-off';
import type { LocalMedia } from '../../call/local-media.svelte';
import { t } from '../../i18n/i18n.svelte';
import type { Action } from '../app-shell/actions';

interface MediaAction extends Action {
  readonly label: string;
  readonly icon: typeof Mic;
  readonly tone: 'normal' | 'off';
  readonly run: (() => void) | null;
}

/** Switching the microphone and the camera, and push to talk, which has no button. */
export function mediaActions(media: LocalMedia): [mic: MediaAction, camera: MediaAction, talk: Action] {
  return [
    {
      id: 'mic',
      label: t(media.micOn ? 'media.mute' : 'media.unmute'),
      icon: media.micOn ? Mic : MicOff,
      tone: media.micOn ? 'normal' : 'off',
      run: media.toggleMicrophone,
    },
    {
      id: 'camera',
      label: t(media.cameraOn ? 'media.camera_off' : 'media.camera_on'),
      icon: media.cameraOn ? Video : VideoOff,
      tone: media.cameraOn ? 'normal' : 'off',
      run: media.toggleCamera,
    },
    { id: 'talk', run: { press: () => media.startPushToTalk(), release: () => media.stopPushToTalk() } },
  ];
}
