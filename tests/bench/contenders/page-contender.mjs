/** @typedef {import('../trial.mjs').Contender} Contender */

/**
 * The limit: both people are in one page.
 *
 * @param {number} pagePort
 * @returns {Contender}
 */
export function twoConnections(pagePort) {
  return {
    hasLobby: true,
    async prepare({ openNewcomer }) {
      const page = await openNewcomer();
      await page.goto(`http://127.0.0.1:${pagePort}/two-connections.html`);
      return { newcomer: page, member: page, end: async () => {} };
    },
  };
}

/**
 * A contender that consists of one page, which both people open, and a signaling server.
 *
 * @param {string} name of the page
 * @param {number} pagePort
 * @param {number} serverPort
 * @returns {Contender}
 */
export function pageContender(name, pagePort, serverPort) {
  let calls = 0;
  return {
    hasLobby: true,
    async prepare({ openNewcomer, openMember, delayedPort }) {
      const room = String((calls += 1));
      const server = await delayedPort(serverPort);
      const address = (/** @type {string} */ role) =>
        `http://127.0.0.1:${pagePort}/${name}.html?role=${role}&room=${room}&server=${server}`;
      const member = await openMember();
      await member.goto(address('member'));
      await member.getByText('In the room').waitFor();
      const newcomer = await openNewcomer();
      await newcomer.goto(address('newcomer'));
      return { newcomer, member, end: async () => {} };
    },
  };
}
