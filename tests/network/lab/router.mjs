import { Network } from './network.mjs';

/**
 * What a router does with what passes: `cone` gives one port outside for a port inside, whoever it talks to;
 * `symmetric` another for each; `no_udp` is a cone that lets no UDP pass.
 *
 * @typedef {'cone' | 'symmetric' | 'no_udp'} Nat
 */

/** Addresses that lead nowhere on the internet. */
const PRIVATE = '{ 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 }';

/**
 * What comes unasked from outside is dropped without a word: a refusal, or an entry of conntrack for it, would spoil
 * the hole that the other side is about to punch.
 *
 * @param {Nat} nat
 */
const rules = (nat) => `
  table ip nat {
    chain out {
      type nat hook postrouting priority srcnat
      oifname "wan" masquerade ${nat === 'symmetric' ? 'fully-random' : ''}
    }
  }
  table ip filter {
    chain through {
      type filter hook forward priority filter; policy drop
      ${nat === 'no_udp' ? 'meta l4proto udp drop' : ''}
      ct state established,related accept
      iifname "net" oifname "wan" ip daddr ${PRIVATE} drop
      iifname "net" accept
    }
    chain in {
      type filter hook input priority filter
      iifname "wan" ct state new drop
    }
  }`;

/** Between a network at home, or a phone's, and the internet. */
export class Router extends Network {
  /**
   * @param {string} name
   * @param {string} prefix of the network behind it
   * @param {Nat} nat
   * @param {Network} outside
   */
  constructor(name, prefix, nat, outside) {
    super(name, prefix);
    const { place } = outside.plug(this, 'wan');
    this.set('net.ipv4.ip_forward=1');
    this.ip(`address add ${place.address}/24 dev wan`);
    this.ip(`route add default via ${place.gateway}`);
    this.nft(rules(nat));
  }

  /**
   * From now on all that passes is lost, or a part of it, and nobody is told.
   *
   * @param {number} percent
   */
  lose(percent) {
    this.nft(`
      table ip loss {
        chain through {
          type filter hook forward priority filter - 10
          ${percent < 100 ? `numgen random mod 100 < ${percent}` : ''} drop
        }
      }`);
  }

  /** Nothing is lost any more. */
  pass() {
    this.nft('delete table ip loss');
  }
}
