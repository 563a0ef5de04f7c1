// A bare connection with sound and nothing else: what a call with cameras off is measured beside.
import { ready, room, serverPort } from './common.js';

const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
const connection = new RTCPeerConnection();
const signaling = new WebSocket(`ws://127.0.0.1:${serverPort}/?room=${room}`);
const send = (/** @type {object} */ message) => signaling.send(JSON.stringify(message));

for (const track of stream.getTracks()) connection.addTrack(track, stream);
connection.addEventListener('icecandidate', ({ candidate }) => send({ candidate }));
connection.addEventListener('track', ({ streams }) => {
  const audio = new Audio();
  audio.srcObject = streams[0] ?? null;
  void audio.play();
});
connection.onconnectionstatechange = () => {
  if (connection.connectionState === 'connected') document.body.append('In a call');
};
signaling.addEventListener('message', async (event) => {
  const { description, candidate } = JSON.parse(event.data);
  if (description) {
    await connection.setRemoteDescription(description);
    if (description.type === 'answer') return;
    await connection.setLocalDescription();
    send({ description: connection.localDescription });
  } else if (candidate) {
    await connection.addIceCandidate(candidate);
  }
});
if (signaling.readyState !== WebSocket.OPEN) {
  await new Promise((done) => signaling.addEventListener('open', done));
}
for (const video of document.querySelectorAll('video')) video.remove();
ready(async () => {
  await connection.setLocalDescription();
  send({ description: connection.localDescription });
});
