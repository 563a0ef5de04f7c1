import { Namespace } from './namespace.mjs';

/**
 * A place on a network, for one of a host's interfaces.
 *
 * @typedef {{ name: string, address: string, gateway: string }} Place
 */

/** A switch with machines on it, and the address that leads elsewhere. */
export class Network extends Namespace {
  #last = 9;
  #ports = 0;

  /**
   * @param {string} name
   * @param {string} prefix the first three numbers of its addresses
   */
  constructor(name, prefix) {
    super(name);
    this.prefix = prefix;
    this.ip('link add net type bridge stp_state 0 forward_delay 0 mcast_snooping 0');
    this.ip('link set net up');
    this.ip(`address add ${this.gateway}/24 dev net`);
  }

  get gateway() {
    return `${this.prefix}.1`;
  }

  /** An address that nobody has. */
  free() {
    return `${this.prefix}.${(this.#last += 1)}`;
  }

  /**
   * A cable from a machine into the switch.
   *
   * @param {Namespace} machine
   * @param {string} name of the end there
   */
  plug(machine, name) {
    const end = `port${(this.#ports += 1)}`;
    machine.cable(name, this, end);
    this.ip(`link set ${end} master net`);
    return { end, place: { name, address: this.free(), gateway: this.gateway } };
  }
}
