/**
 * Listens on a free port of 127.0.0.1, and returns the port. A server that still listens does not keep the bench alive.
 *
 * @param {import('node:net').Server} server
 * @returns {Promise<number>}
 */
export function listen(server) {
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      server.unref();
      done(/** @type {import('node:net').AddressInfo} */ (server.address()).port);
    });
  });
}
