import { Network } from './network.mjs';

/**
 * How a router maps addresses and ports (RFC 4787): `cone` maps an inside port to one outside port for all destinations;
 * `symmetric` maps it to another port for each destination; `no_udp` is `cone` with UDP blocked.
 *
 * @typedef {'cone' | 'symmetric' | 'no_udp'} Nat
 */

/** Addresses that are not routed on the internet. */
const PRIVATE = '{ 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 }';

/**
 * Unsolicited packets from outside are dropped silently: a rejection, or an entry of conntrack for them, would spoil the
 * hole that the other side is about to punch.
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

/** A network at home, or of a phone, and the router between it and the internet. */
export class Router extends Network {
  /**
   * @param {string} name
   * @param {string} prefix of the network behind it
   * @param {Nat} nat
   * @param {Network} outside
   */
  constructor(name, prefix, nat, outside) {
    super(name, prefix);
    const { configuration } = outside.attach(this, 'wan');
    this.sysctl('net.ipv4.ip_forward=1');
    this.ip(`address add ${configuration.address}/24 dev wan`);
    this.ip(`route add default via ${configuration.gateway}`);
    this.nft(rules(nat));
  }

  /**
   * Drops this share of all forwarded packets silently.
   *
   * @param {number} percent
   */
  dropPackets(percent) {
    this.nft(`
      table ip loss {
        chain through {
          type filter hook forward priority filter - 10
          ${percent < 100 ? `numgen random mod 100 < ${percent}` : ''} drop
        }
      }`);
  }

  stopDropping() {
    this.nft('delete table ip loss');
  }
}
