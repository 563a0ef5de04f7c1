// The limit: two connections in one page, the camera open, no signaling. One is the newcomer's, one the member's.
import { addVideo, openCamera, ready, remoteView } from './common.js';

const memberView = addVideo('member');
const stream = await openCamera();

ready(async () => {
  const newcomer = new RTCPeerConnection();
  const member = new RTCPeerConnection();
  newcomer.onicecandidate = ({ candidate }) => member.addIceCandidate(candidate);
  member.onicecandidate = ({ candidate }) => newcomer.addIceCandidate(candidate);
  newcomer.ontrack = ({ streams }) => (remoteView.srcObject = streams[0] ?? null);
  member.ontrack = ({ streams }) => (memberView.srcObject = streams[0] ?? null);
  for (const track of stream.getTracks()) {
    newcomer.addTrack(track, stream);
    member.addTrack(track, stream);
  }
  await newcomer.setLocalDescription();
  await member.setRemoteDescription(/** @type {RTCSessionDescription} */ (newcomer.localDescription));
  await member.setLocalDescription();
  await newcomer.setRemoteDescription(/** @type {RTCSessionDescription} */ (member.localDescription));
});
