import { PeerServer } from 'peer';

/** PeerJS's own server, on this computer. Returns the port. @returns {Promise<number>} */
export function startPeerServer() {
  return new Promise((done) => {
    PeerServer({ port: 0, host: '127.0.0.1', path: '/' }, (server) => {
      done(/** @type {import('node:net').AddressInfo} */ (server.address()).port);
    });
  });
}
