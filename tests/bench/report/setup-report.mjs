import { table } from './markdown.mjs';
import { byRound, median, range, ratios, verdict } from './statistics.mjs';

/** @typedef {import('../trial.mjs').Side} Side */

/**
 * One call of the bench.
 *
 * @typedef {object} Trial
 * @property {string} contender
 * @property {number} round
 * @property {number} delay of signaling from peer to peer, in milliseconds
 * @property {Side} [newcomer]
 * @property {Side} [member]
 * @property {string} [failure] why the call did not come about
 */

export const LIMIT = 'two connections in one page';
export const AFTER_LOBBY = 'Parlour after a lobby';
export const WITHOUT_LOBBY = 'Parlour without a lobby';
export const PEERJS = 'PeerJS';
export const EXAMPLE = 'W3C example';

/** How many times the limit the picture may take. @type {Record<string, Record<'newcomer' | 'member', number>>} */
const GOALS = {
  [AFTER_LOBBY]: { newcomer: 0.8, member: 1.2 },
  [WITHOUT_LOBBY]: { newcomer: 1.3, member: 1.5 },
};

/** At this delay Parlour after a lobby has to be ahead of PeerJS in every round, below it in the median. */
const EVERY_ROUND_FROM_MS = 50;

/**
 * The tables of a run.
 *
 * @param {Trial[]} trials
 * @param {string[]} contenders in the order of the table
 */
export function setupReport(trials, contenders) {
  const delays = [...new Set(trials.map(({ delay }) => delay))].sort((a, b) => a - b);
  const rows = delays.flatMap((delay) =>
    contenders
      .filter((contender) => contender !== LIMIT)
      .map((contender) => contenderRow(trials, contender, delay)),
  );
  const limit = trials.filter(({ contender }) => contender === LIMIT);
  const failures = trials.filter(({ failure }) => failure !== undefined);
  const rounds = new Set(trials.map(({ round }) => round)).size;
  return [
    table(['delay', '', 'newcomer', '× limit', 'goal', '', 'member', '× limit', 'goal', ''], rows),
    '',
    table(
      ['delay', `newcomer: ${AFTER_LOBBY} ÷ ${PEERJS}`, 'ahead in', 'goal', ''],
      delays.map((delay) => peerJsRow(trials, delay)),
    ),
    '',
    `Rounds: ${rounds}. The limit (${LIMIT}): ${medianMs(limit, 'newcomer')} and ${medianMs(limit, 'member')}. ` +
      `Calls that failed: ${failures.length}.`,
    ...failures.map(
      ({ contender, round, delay, failure }) => `- ${contender}, ${delay} ms, round ${round}: ${failure}`,
    ),
  ].join('\n');
}

/**
 * @param {Trial[]} trials
 * @param {string} contender
 * @param {number} delay
 */
function contenderRow(trials, contender, delay) {
  const own = trials.filter((trial) => trial.contender === contender && trial.delay === delay);
  const limit = trials.filter((trial) => trial.contender === LIMIT);
  const cells = /** @type {const} */ (['newcomer', 'member']).flatMap((side) => {
    const times = ratios(shown(own, side), shown(limit, side));
    const goal = GOALS[contender]?.[side];
    const most = goal === undefined ? '' : `${goal.toFixed(1)} ×`;
    return [medianMs(own, side), range(times), most, verdict(times, goal)];
  });
  return [`${delay} ms`, contender, ...cells];
}

/**
 * @param {Trial[]} trials
 * @param {number} delay
 */
function peerJsRow(trials, delay) {
  const of = (/** @type {string} */ contender) =>
    shown(
      trials.filter((trial) => trial.contender === contender && trial.delay === delay),
      'newcomer',
    );
  const times = ratios(of(AFTER_LOBBY), of(PEERJS));
  if (times.length === 0) return [`${delay} ms`, '–', '–', '', ''];
  const ahead = times.filter((ratio) => ratio < 1).length;
  const everyRound = delay >= EVERY_ROUND_FROM_MS;
  const isKept = everyRound ? ahead === times.length : median(times) < 1;
  return [
    `${delay} ms`,
    range(times),
    `${ahead} of ${times.length}`,
    everyRound ? 'every round' : 'the median',
    isKept ? 'kept' : 'over',
  ];
}

/**
 * @param {Trial[]} trials
 * @param {'newcomer' | 'member'} side
 */
const shown = (trials, side) =>
  byRound(trials.flatMap((trial) => (trial[side] ? [{ round: trial.round, value: trial[side].shown }] : [])));

/**
 * @param {Trial[]} trials
 * @param {'newcomer' | 'member'} side
 */
function medianMs(trials, side) {
  const values = trials.flatMap((trial) => (trial[side] ? [trial[side].shown] : []));
  return values.length === 0 ? '–' : `${Math.round(median(values))} ms`;
}
