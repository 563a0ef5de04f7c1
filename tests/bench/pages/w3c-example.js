// The simple peer-to-peer example of the W3C's WebRTC specification (section 10.1), over a plain WebSocket relay. The
// member's camera is on; the newcomer opens its own when the offer comes, as in the example.
import { isMember, openCamera, ready, remoteView, room, selfView, serverPort } from './common.js';

/** @type {RTCPeerConnection} */
let connection;

const signaling = new WebSocket(`ws://127.0.0.1:${serverPort}/?room=${room}`);
const opened = new Promise((done) => signaling.addEventListener('open', done));
const send = (/** @type {object} */ message) => signaling.send(JSON.stringify(message));

function start() {
  connection = new RTCPeerConnection();
  connection.onicecandidate = ({ candidate }) => send({ candidate });
  connection.onnegotiationneeded = async () => {
    await connection.setLocalDescription();
    send({ description: connection.localDescription });
  };
  connection.ontrack = ({ streams }) => {
    remoteView.srcObject ??= streams[0] ?? null;
  };
}

async function addCameraAndMicrophone() {
  const stream = /** @type {MediaStream | null} */ (selfView.srcObject) ?? (await openCamera());
  for (const track of stream.getTracks()) connection.addTrack(track, stream);
}

signaling.addEventListener('message', async (event) => {
  const { hello, description, candidate } = JSON.parse(event.data);
  if (hello) {
    start();
    await addCameraAndMicrophone();
  } else if (description?.type === 'offer') {
    start();
    connection.onnegotiationneeded = null;
    await connection.setRemoteDescription(description);
    await addCameraAndMicrophone();
    await connection.setLocalDescription();
    send({ description: connection.localDescription });
  } else if (description) {
    await connection.setRemoteDescription(description);
  } else if (candidate) {
    await connection.addIceCandidate(candidate);
  }
});

if (isMember) await openCamera();
await opened;
ready(() => send({ hello: true }));
