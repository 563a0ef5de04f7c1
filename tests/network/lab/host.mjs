import { Namespace } from './namespace.mjs';

/** @typedef {import('./network.mjs').Network} Network */
/** @typedef {import('./network.mjs').Place} Place */

/** A person's machine, or the server's. */
export class Host extends Namespace {
  #place;

  /**
   * @param {string} name
   * @param {Network} network
   */
  constructor(name, network) {
    super(name);
    const { place, end } = network.plug(this, 'eth0');
    this.#place = place;
    /** What pulls its cable unseen by itself. */
    this.link = (/** @type {'up' | 'down'} */ state) => network.ip(`link set ${end} ${state}`);
    this.#use(place);
  }

  get address() {
    return this.#place.address;
  }

  /**
   * Another network that the machine can go to.
   *
   * @param {Network} network
   */
  also(network) {
    const { place } = network.plug(this, 'wwan0');
    this.ip(`link set ${place.name} down`);
    return place;
  }

  /** Another address on the same network. @param {Network} network */
  elsewhere(network) {
    return { ...this.#place, address: network.free() };
  }

  /** The cable is pulled, as the machine can see. */
  cut() {
    this.ip(`link set ${this.#place.name} down`);
  }

  /** The cable is back, and with it address and route. */
  heal() {
    this.#use(this.#place);
  }

  /**
   * Goes to another place; what was open at the first is gone. Answers what that was.
   *
   * @param {Place} to
   */
  move(to) {
    const from = this.#place;
    this.ip(`link set ${from.name} down`);
    this.ip(`address flush dev ${from.name}`);
    this.#use(to);
    return from;
  }

  /** @param {Place} place */
  #use(place) {
    const { name, address, gateway } = place;
    this.#place = place;
    this.ip(`link set ${name} up`);
    this.ip(`address replace ${address}/24 dev ${name}`);
    this.ip(`route replace default via ${gateway} dev ${name}`);
  }
}
