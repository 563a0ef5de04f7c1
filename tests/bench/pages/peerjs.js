// PeerJS as its documentation shows it: the newcomer opens its camera and calls, the member answers.
import { isMember, openCamera, ready, remoteView, room, selfView, serverPort } from './common.js';

const { Peer } = /** @type {any} */ (window);

if (isMember) await openCamera();
const peer = new Peer(`${isMember ? 'member' : 'newcomer'}-${room}`, {
  host: '127.0.0.1',
  port: serverPort,
  path: '/',
  config: { iceServers: [] },
});
const show = (/** @type {MediaStream} */ stream) => {
  remoteView.srcObject ??= stream;
};
peer.on('call', (/** @type {any} */ call) => {
  call.answer(selfView.srcObject);
  call.on('stream', show);
});
await new Promise((done, failed) => {
  peer.on('open', done);
  peer.on('error', failed);
});
ready(async () => peer.call(`member-${room}`, await openCamera()).on('stream', show));
