import { Namespace } from './namespace.mjs';

/**
 * The configuration of one interface of a host.
 *
 * @typedef {{ name: string, address: string, gateway: string }} InterfaceAddress
 */

/** A subnet: a switch with the machines on it, and the address of its gateway. */
export class Network extends Namespace {
  #lastAddress = 9;
  #portCount = 0;

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

  #nextAddress() {
    return `${this.prefix}.${(this.#lastAddress += 1)}`;
  }

  /**
   * Connects a machine to the switch.
   *
   * @param {Namespace} machine
   * @param {string} name of the machine's interface
   */
  attach(machine, name) {
    const switchPort = `port${(this.#portCount += 1)}`;
    machine.addVethPair(name, this, switchPort);
    this.ip(`link set ${switchPort} master net`);
    const configuration = { name, address: this.#nextAddress(), gateway: this.gateway };
    return { switchPort, configuration };
  }
}
