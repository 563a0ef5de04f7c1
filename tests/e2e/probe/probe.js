// Injected before any script of the call page, also after a reload. It measures the call from outside the app: by the
// browser's connections and videos. Times are in milliseconds since the epoch.
(() => {
  /** Open connections. Closed ones are released, or the probe itself would leak. @type {RTCPeerConnection[]} */
  let connections = [];
  /** @type {RTCDataChannel[]} */
  let channels = [];
  /** Descriptions and ICE servers of closed connections. @type {string[]} */
  const oldDescriptions = [];
  /** @type {RTCIceServer[]} */
  const oldServers = [];
  /** @type {{ at: number, what: string }[]} */
  const events = [];
  /** @type {Set<string>} */
  const remoteTracks = new Set();
  /** Remote frames: when each was shown, when it came from the network, and the peer. @type {Frame[]} */
  const frames = [];
  /** Samples of how much audio of each remote track was played. @type {AudioSample[]} */
  const audioSamples = [];

  /** @typedef {{ at: number, received: number, peer: string }} Frame */
  /** @typedef {{ at: number, received: number, track: string, playedSeconds: number }} AudioSample */
  const MAX_KEPT = 6_000;
  /**
   * @template T
   * @param {T[]} list
   * @param {T} entry
   */
  const keep = (list, entry) => {
    if (list.push(entry) > 2 * MAX_KEPT) list.splice(0, MAX_KEPT);
  };
  /** @param {number | undefined} at */
  const toEpoch = (at) => performance.timeOrigin + (at ?? 0);

  /** @param {string} what */
  const mark = (what, at = performance.now()) => events.push({ at: toEpoch(at), what });
  /** @param {string} what */
  const markOnce = (what, at = performance.now()) => {
    if (!events.some((event) => event.what === what)) mark(what, at);
  };

  /** @param {RTCIceTransport} ice */
  function candidatePairOf(ice) {
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

  const NativePeerConnection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends NativePeerConnection {
    /** @param {RTCConfiguration} [configuration] */
    constructor(configuration) {
      super(configuration);
      connections.push(this);
      this.addEventListener('connectionstatechange', () => {
        mark(this.connectionState);
        const ice = this.sctp?.transport.iceTransport;
        if (ice) ice.onselectedcandidatepairchange = () => mark(`pair ${candidatePairOf(ice)}`);
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
        connections = connections.filter((open) => open !== this);
      }
      super.close();
      channels = channels.filter(({ readyState }) => readyState !== 'closed');
    }
  };
  for (const change of ['online', 'offline']) addEventListener(change, () => mark(change));

  /** @type {MediaStreamTrack[]} */
  const screenTracks = [];
  const { mediaDevices } = navigator;
  const getDisplayMedia = mediaDevices.getDisplayMedia?.bind(mediaDevices);
  mediaDevices.getDisplayMedia = async (options) => {
    const stream = await getDisplayMedia(options);
    screenTracks.push(...stream.getVideoTracks());
    // All instances share the machine's cores: a whole screen, encoded for each peer, would slow all of them.
    const small = { width: { max: 640 }, height: { max: 400 }, frameRate: { max: 10 } };
    await Promise.all(stream.getVideoTracks().map((track) => track.applyConstraints(small)));
    return stream;
  };

  /** The `signal` events that the app has sent to the page. @type {string[]} */
  const signals = [];
  const NativeWebSocket = window.WebSocket;
  window.WebSocket = class extends NativeWebSocket {
    /** @param {string | URL} url @param {string | string[]} [protocols] */
    constructor(url, protocols) {
      super(url, protocols);
      this.addEventListener('message', ({ data }) => {
        if (/^\{"event":"signal"/.test(data)) signals.push(data);
      });
    }
  };

  const srcObject = /** @type {PropertyDescriptor} */ (
    Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject')
  );
  /** @type {WeakSet<HTMLVideoElement>} */
  const watched = new WeakSet();
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    ...srcObject,
    /** @this {HTMLMediaElement} @param {MediaProvider | null} stream */
    set(stream) {
      srcObject.set?.call(this, stream);
      if (!(this instanceof HTMLVideoElement) || !stream) return;
      const video = this;
      if (watched.has(video)) return;
      watched.add(video);
      video.requestVideoFrameCallback(function frame(now, { receiveTime }) {
        const tracks = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks() : [];
        if (tracks.some(({ id }) => remoteTracks.has(id))) {
          markOnce('first remote frame', now);
          const peer = video.closest('[data-peer]')?.getAttribute('data-peer') ?? '';
          keep(frames, { at: toEpoch(now), received: toEpoch(receiveTime), peer });
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
  async function statsOf(connection) {
    const stats = /** @type {Map<string, any>} */ (/** @type {unknown} */ (await connection.getStats()));
    const reports = [...stats.values()];
    const inbound = (/** @type {string} */ kind) =>
      reports
        .filter((report) => report.type === 'inbound-rtp' && report.kind === kind)
        .sort((a, b) => (b.packetsReceived ?? 0) - (a.packetsReceived ?? 0))[0] ?? {};
    const pairId = reports.find((report) => report.type === 'transport')?.selectedCandidatePairId;
    const pair = stats.get(pairId) ?? {};
    const local = stats.get(pair.localCandidateId) ?? {};
    const remote = stats.get(pair.remoteCandidateId) ?? {};
    const video = inbound('video');
    const audio = inbound('audio');
    return {
      state: connection.connectionState,
      ice: connection.iceConnectionState,
      framesDecoded: video.framesDecoded ?? 0,
      packetsLost: (video.packetsLost ?? 0) + (audio.packetsLost ?? 0),
      width: video.frameWidth ?? 0,
      height: video.frameHeight ?? 0,
      fps: video.framesPerSecond ?? 0,
      codec: String(stats.get(video.codecId)?.mimeType ?? ''),
      audioEnergy: audio.totalAudioEnergy ?? 0,
      audioSeconds: audio.totalSamplesDuration ?? 0,
      candidatePair: pairId ? `${local.candidateType}/${remote.candidateType}` : '',
      protocol: String(local.protocol ?? ''),
      relayProtocol: String(local.relayProtocol ?? ''),
    };
  }

  /** Samples how much audio from the network was played, without the samples that the browser conceals losses with. */
  async function sampleAudio() {
    const receivers = connections.flatMap((connection) =>
      connection.getReceivers().filter(({ track }) => track.kind === 'audio'),
    );
    for (const receiver of receivers) {
      const stats = /** @type {Map<string, any>} */ (/** @type {unknown} */ (await receiver.getStats()));
      const inbound = [...stats.values()].find(({ type }) => type === 'inbound-rtp');
      if (!inbound?.lastPacketReceivedTimestamp) continue;
      keep(audioSamples, {
        at: toEpoch(performance.now()),
        received: inbound.lastPacketReceivedTimestamp,
        track: receiver.track.id,
        playedSeconds: (inbound.totalSamplesReceived - (inbound.concealedSamples ?? 0)) / 48_000,
      });
    }
  }

  Object.assign(window, {
    __probe: {
      /** Ends a shared screen from outside, as closing its window or the browser's own button does. */
      endScreenShare() {
        const live = screenTracks.filter(({ readyState }) => readyState === 'live');
        for (const track of live) {
          track.stop();
          track.dispatchEvent(new Event('ended'));
        }
        return live.length > 0;
      },
      events,
      receivedSignals: () => signals,
      /** Sends over every open data channel. @param {string[]} messages */
      floodDataChannels: (messages) => {
        for (const channel of channels.filter(({ readyState }) => readyState === 'open')) {
          for (const message of messages) channel.send(message);
        }
      },
      /** @param {number} intervalMs */
      startAudioSampling: (intervalMs) => void setInterval(() => void sampleAudio(), intervalMs),
      /** Everything that was measured from that time on. @param {number} since */
      traceSince: (since) => ({
        now: toEpoch(performance.now()),
        frames: frames.filter(({ at }) => at >= since),
        audioSamples: audioSamples.filter(({ at }) => at >= since),
        events: events.filter(({ at }) => at >= since),
      }),
      descriptions: () => [...oldDescriptions, ...connections.flatMap(descriptionsOf)],
      iceServers: () => [...oldServers, ...connections.flatMap(serversOf)],
      // A connection may close while its statistics are collected.
      linkStats: async () =>
        (await Promise.all(connections.map(statsOf))).filter(({ state }) => state !== 'closed'),
    },
  });
})();
