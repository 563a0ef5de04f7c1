// What the contenders' pages share: two videos, the camera, and the button that the bench presses.

const query = new URLSearchParams(location.search);
export const room = query.get('room') ?? '';
export const isMember = query.get('role') === 'member';
/** The port of the contender's signaling server. */
export const serverPort = Number(query.get('server'));

/** @param {string} id */
export function addVideo(id) {
  const video = document.createElement('video');
  Object.assign(video, { id, autoplay: true, muted: true, playsInline: true, width: 320, height: 240 });
  document.body.append(video);
  return video;
}

export const selfView = addVideo('self');
export const remoteView = addVideo('remote');

/** Opens camera and microphone, and shows the own picture. */
export async function openCamera() {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: true,
    video: { width: 640, height: 480 },
  });
  selfView.srcObject = stream;
  return stream;
}

/**
 * Says that the page is ready: a member is in the room, a newcomer can press *Enter*.
 *
 * @param {() => unknown} enter
 */
export function ready(enter) {
  if (isMember) {
    document.body.append('In the room');
    return;
  }
  const button = document.createElement('button');
  button.textContent = 'Enter';
  button.addEventListener('click', () => void enter());
  document.body.append(button);
}
