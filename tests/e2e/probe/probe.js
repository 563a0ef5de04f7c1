// Injected before any script of the call page, also after a reload: measures the call from outside, by what the
// browser itself says of its connections and videos.
(() => {
  /** Those that are open. One that is closed is let go, or it would be the probe that leaks. @type {RTCPeerConnection[]} */
  let connections = [];
  /** @type {RTCDataChannel[]} */
  let channels = [];
  /** What is kept of those that were closed. @type {string[]} */
  const oldDescriptions = [];
  /** @type {RTCIceServer[]} */
  const oldServers = [];
  /** @type {{ at: number, what: string }[]} */
  const events = [];
  /** @type {Set<string>} */
  const remoteTracks = new Set();
  /** Remote frames as they were shown: when, when they had come over the network, and whose. @type {Frame[]} */
  const frames = [];
  /** What was heard of each remote track, as often as it is looked at. @type {Sound[]} */
  const sounds = [];
  let shown = 0;

  /** @typedef {{ at: number, received: number, peer: string }} Frame */
  /** @typedef {{ at: number, received: number, track: string, heard: number }} Sound */
  const KEPT = 6_000;
  /**
   * @template T
   * @param {T[]} list
   * @param {T} one
   */
  const keep = (list, one) => {
    if (list.push(one) > 2 * KEPT) list.splice(0, KEPT);
  };
  /** @param {number | undefined} at */
  const onTheClock = (at) => performance.timeOrigin + (at ?? 0);

  /** @param {string} what */
  const mark = (what, at = performance.now()) => events.push({ at: performance.timeOrigin + at, what });
  /** @param {string} what */
  const markOnce = (what, at = performance.now()) => {
    if (!events.some((event) => event.what === what)) mark(what, at);
  };

  /** @param {RTCIceTransport} ice */
  function pairOf(ice) {
    const { local, remote } = ice.getSelectedCandidatePair() ?? {};
    return `${local?.type}/${remote?.type}`;
  }

  /** @param {RTCPeerConnection} connection */
  const descriptionsOf = ({ localDescription, remoteDescription }) => [
    localDescription?.sdp ?? '',
    remoteDescription?.sdp ?? '',
  ];
  /** @param {RTCPeerConnection} connection */
  const serversOf = (connection) => connection.getConfiguration().iceServers ?? [];

  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    /** @param {RTCConfiguration} [configuration] */
    constructor(configuration) {
      super(configuration);
      connections.push(this);
      this.addEventListener('connectionstatechange', () => {
        mark(this.connectionState);
        const ice = this.sctp?.transport.iceTransport;
        if (ice) ice.onselectedcandidatepairchange = () => mark(`pair ${pairOf(ice)}`);
      });
      this.addEventListener('iceconnectionstatechange', () => mark(`ice ${this.iceConnectionState}`));
      this.addEventListener('icecandidate', ({ candidate }) => mark(`candidate ${candidate?.type ?? 'end'}`));
      this.addEventListener('track', ({ track }) => remoteTracks.add(track.id));
      this.addEventListener('signalingstatechange', () => mark(`signaling ${this.signalingState}`));
    }

    /** @param {string} label @param {RTCDataChannelInit} [options] */
    createDataChannel(label, options) {
      const channel = super.createDataChannel(label, options);
      channels = [...channels.filter(({ readyState }) => readyState !== 'closed'), channel];
      return channel;
    }

    restartIce() {
      mark('restart');
      super.restartIce();
    }

    close() {
      if (connections.includes(this)) {
        oldDescriptions.push(...descriptionsOf(this));
        oldServers.push(...serversOf(this));
        connections = connections.filter((one) => one !== this);
      }
      super.close();
      channels = channels.filter(({ readyState }) => readyState !== 'closed');
    }
  };
  for (const change of ['online', 'offline']) addEventListener(change, () => mark(change));

  /** What is shared of a screen. @type {MediaStreamTrack[]} */
  const screens = [];
  const { mediaDevices } = navigator;
  const choose = mediaDevices.getDisplayMedia?.bind(mediaDevices);
  mediaDevices.getDisplayMedia = async (options) => {
    const stream = await choose(options);
    screens.push(...stream.getVideoTracks());
    // Several calls share the machine's cores: a whole screen, encoded for each, would slow all of them.
    const small = { width: { max: 640 }, height: { max: 400 }, frameRate: { max: 10 } };
    await Promise.all(stream.getVideoTracks().map((track) => track.applyConstraints(small)));
    return stream;
  };

  /** What peers have signaled, as the app handed it to the page. @type {string[]} */
  const signals = [];
  const RealSocket = window.WebSocket;
  window.WebSocket = class extends RealSocket {
    /** @param {string | URL} url @param {string | string[]} [protocols] */
    constructor(url, protocols) {
      super(url, protocols);
      this.addEventListener('message', ({ data }) => {
        if (/^\{"event":"signal"/.test(data)) signals.push(data);
      });
    }
  };

  const source = /** @type {PropertyDescriptor} */ (
    Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject')
  );
  /** @type {WeakSet<HTMLVideoElement>} */
  const watched = new WeakSet();
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    ...source,
    /** @this {HTMLMediaElement} @param {MediaProvider | null} stream */
    set(stream) {
      source.set?.call(this, stream);
      if (!(this instanceof HTMLVideoElement) || !stream) return;
      const video = this;
      if (watched.has(video)) return;
      watched.add(video);
      video.requestVideoFrameCallback(function frame(now, { receiveTime }) {
        const tracks = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks() : [];
        if (tracks.some(({ id }) => remoteTracks.has(id))) {
          markOnce('first remote frame', now);
          shown += 1;
          const peer = video.closest('[data-peer]')?.getAttribute('data-peer') ?? '';
          keep(frames, { at: onTheClock(now), received: onTheClock(receiveTime), peer });
        }
        video.requestVideoFrameCallback(frame);
      });
    },
  });

  addEventListener(
    'click',
    (event) => {
      const button = event.target instanceof Element && event.target.closest('button');
      if (button && button.innerText.trim() === 'Enter') mark('Enter', event.timeStamp);
    },
    true,
  );

  /** @param {RTCPeerConnection} connection */
  async function link(connection) {
    const stats = /** @type {Map<string, any>} */ (/** @type {unknown} */ (await connection.getStats()));
    const all = [...stats.values()];
    const inbound = (/** @type {string} */ kind) =>
      all
        .filter((one) => one.type === 'inbound-rtp' && one.kind === kind)
        .sort((a, b) => (b.packetsReceived ?? 0) - (a.packetsReceived ?? 0))[0] ?? {};
    const pairId = all.find((one) => one.type === 'transport')?.selectedCandidatePairId;
    const pair = stats.get(pairId) ?? {};
    const local = stats.get(pair.localCandidateId) ?? {};
    const remote = stats.get(pair.remoteCandidateId) ?? {};
    const video = inbound('video');
    const audio = inbound('audio');
    return {
      state: connection.connectionState,
      ice: connection.iceConnectionState,
      frames: video.framesDecoded ?? 0,
      lost: (video.packetsLost ?? 0) + (audio.packetsLost ?? 0),
      width: video.frameWidth ?? 0,
      height: video.frameHeight ?? 0,
      fps: video.framesPerSecond ?? 0,
      codec: String(stats.get(video.codecId)?.mimeType ?? ''),
      energy: audio.totalAudioEnergy ?? 0,
      heard: audio.totalSamplesDuration ?? 0,
      pair: pairId ? `${local.candidateType}/${remote.candidateType}` : '',
      protocol: String(local.protocol ?? ''),
      relay: String(local.relayProtocol ?? ''),
    };
  }

  /** Sound that the network brought, as against what is made up where it is missing. */
  async function listen() {
    const receivers = connections.flatMap((one) =>
      one.getReceivers().filter(({ track }) => track.kind === 'audio'),
    );
    for (const receiver of receivers) {
      const stats = /** @type {Map<string, any>} */ (/** @type {unknown} */ (await receiver.getStats()));
      const inbound = [...stats.values()].find(({ type }) => type === 'inbound-rtp');
      if (!inbound?.lastPacketReceivedTimestamp) continue;
      keep(sounds, {
        at: onTheClock(performance.now()),
        received: inbound.lastPacketReceivedTimestamp,
        track: receiver.track.id,
        heard: (inbound.totalSamplesReceived - (inbound.concealedSamples ?? 0)) / 48_000,
      });
    }
  }

  Object.assign(window, {
    __probe: {
      /** What is shared ends from outside: its window is closed, or the browser's own button is pressed. */
      endScreen() {
        const live = screens.filter(({ readyState }) => readyState === 'live');
        for (const track of live) {
          track.stop();
          track.dispatchEvent(new Event('ended'));
        }
        return live.length > 0;
      },
      events,
      signals: () => signals,
      /** Sends to everybody whose channel is open. @param {string[]} messages */
      pour: (messages) => {
        for (const channel of channels.filter(({ readyState }) => readyState === 'open')) {
          for (const message of messages) channel.send(message);
        }
      },
      /** From now on what is heard is looked at as often as that. @param {number} every */
      listen: (every) => void setInterval(() => void listen(), every),
      /** What was seen and heard from then on. @param {number} since */
      since: (since) => ({
        now: onTheClock(performance.now()),
        frames: frames.filter(({ at }) => at >= since),
        sounds: sounds.filter(({ at }) => at >= since),
        events: events.filter(({ at }) => at >= since),
      }),
      shown: () => shown,
      descriptions: () => [...oldDescriptions, ...connections.flatMap(descriptionsOf)],
      iceServers: () => [...oldServers, ...connections.flatMap(serversOf)],
      links: () => Promise.all(connections.map(link)),
    },
  });
})();
