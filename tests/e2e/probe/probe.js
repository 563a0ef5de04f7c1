// Injected before any script of the call page, also after a reload: measures the call from outside, by what the
// browser itself says of its connections and videos.
(() => {
  /** @type {RTCPeerConnection[]} */
  const connections = [];
  /** @type {{ at: number, what: string }[]} */
  const events = [];
  /** @type {Set<string>} */
  const remoteTracks = new Set();
  let shown = 0;

  /** @param {string} what */
  const mark = (what, at = performance.now()) => events.push({ at: performance.timeOrigin + at, what });
  /** @param {string} what */
  const markOnce = (what, at = performance.now()) => {
    if (!events.some((event) => event.what === what)) mark(what, at);
  };

  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    /** @param {RTCConfiguration} [configuration] */
    constructor(configuration) {
      super(configuration);
      connections.push(this);
      this.addEventListener('connectionstatechange', () => mark(this.connectionState));
      this.addEventListener('track', ({ track }) => remoteTracks.add(track.id));
      this.addEventListener('signalingstatechange', () => mark(`signaling ${this.signalingState}`));
    }
  };

  const source = /** @type {PropertyDescriptor} */ (
    Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject')
  );
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    ...source,
    /** @this {HTMLMediaElement} @param {MediaProvider | null} stream */
    set(stream) {
      source.set?.call(this, stream);
      if (!(this instanceof HTMLVideoElement) || !stream) return;
      const video = this;
      video.requestVideoFrameCallback(function frame(now) {
        const tracks = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks() : [];
        if (tracks.some(({ id }) => remoteTracks.has(id))) {
          markOnce('first remote frame', now);
          shown += 1;
        }
        if (video.isConnected) video.requestVideoFrameCallback(frame);
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
      width: video.frameWidth ?? 0,
      height: video.frameHeight ?? 0,
      fps: video.framesPerSecond ?? 0,
      codec: String(stats.get(video.codecId)?.mimeType ?? ''),
      energy: audio.totalAudioEnergy ?? 0,
      heard: audio.totalSamplesDuration ?? 0,
      pair: pairId ? `${local.candidateType}/${remote.candidateType}` : '',
      protocol: String(local.protocol ?? ''),
    };
  }

  Object.assign(window, {
    __probe: {
      events,
      shown: () => shown,
      descriptions: () =>
        connections.flatMap((one) => [one.localDescription?.sdp ?? '', one.remoteDescription?.sdp ?? '']),
      iceServers: () => connections.flatMap((one) => one.getConfiguration().iceServers ?? []),
      links: () => Promise.all(connections.filter((one) => one.connectionState !== 'closed').map(link)),
    },
  });
})();
