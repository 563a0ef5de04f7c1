import { isShown } from './shown.mjs';

/**
 * The times that a page measured. They are milliseconds since the epoch, comparable between pages.
 *
 * @typedef {object} Measured
 * @property {number | null} enter the click on *Enter*
 * @property {number[]} localDescriptions when each was in place
 * @property {number[]} remoteDescriptions when each was in place
 * @property {number[]} media when camera and microphone were given
 * @property {number | null} connected
 * @property {Record<string, VideoMeasured>} videos of remote videos, by their names
 */

/**
 * `presented`: the first frame was handed to the compositor. `shown`: a person saw it. Width and height are those of
 * the first frame.
 *
 * @typedef {{ presented: number, shown: number | null, width: number, height: number }} VideoMeasured
 */

/**
 * Runs in each page before its scripts. It measures from outside: connections, and the frames of every video that shows
 * a remote track.
 *
 * @param {(video: HTMLVideoElement) => boolean} isShown
 */
function install(isShown) {
  /** A video with nothing to show may present an empty frame. */
  const MIN_FRAME_PX = 16;

  const now = () => performance.timeOrigin + performance.now();
  /** @type {RTCPeerConnection[]} */
  const connections = [];
  /** @type {Measured} */
  const measured = {
    enter: null,
    localDescriptions: [],
    remoteDescriptions: [],
    media: [],
    connected: null,
    videos: {},
  };

  addEventListener(
    'click',
    (event) => {
      const button = event.target instanceof Element && event.target.closest('button');
      if (button && button.innerText.trim() === 'Enter') {
        measured.enter ??= performance.timeOrigin + event.timeStamp;
      }
    },
    true,
  );

  const { mediaDevices } = navigator;
  if (mediaDevices) {
    const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (constraints) => {
      const stream = await getUserMedia(constraints);
      measured.media.push(now());
      return stream;
    };
  }

  window.RTCPeerConnection = class extends RTCPeerConnection {
    /** @param {RTCConfiguration} [configuration] */
    constructor(configuration) {
      super(configuration);
      connections.push(this);
      this.addEventListener('connectionstatechange', () => {
        if (this.connectionState === 'connected') measured.connected ??= now();
      });
    }

    /** @param {RTCLocalSessionDescriptionInit} [description] */
    async setLocalDescription(description) {
      await super.setLocalDescription(description);
      measured.localDescriptions.push(now());
    }

    /** @param {RTCSessionDescriptionInit} description */
    async setRemoteDescription(description) {
      await super.setRemoteDescription(description);
      measured.remoteDescriptions.push(now());
    }
  };

  /** @param {MediaProvider | null} stream */
  const isRemote = (stream) =>
    stream instanceof MediaStream &&
    stream
      .getVideoTracks()
      .some((track) =>
        connections.some((connection) =>
          connection.getReceivers().some((receiver) => receiver.track === track),
        ),
      );

  /** @type {Map<string, () => void>} */
  const waiting = new Map();
  /** @type {WeakSet<HTMLVideoElement>} */
  const watched = new WeakSet();
  let unnamed = 0;

  /** @param {HTMLVideoElement} video */
  function watch(video) {
    if (watched.has(video)) return;
    watched.add(video);
    video.requestVideoFrameCallback(function frame(_, { width, height }) {
      if (width < MIN_FRAME_PX || !isRemote(video.srcObject)) {
        video.requestVideoFrameCallback(frame);
        return;
      }
      const name = video.id || `video ${(unnamed += 1)}`;
      /** @type {VideoMeasured} */
      const entry = { presented: now(), shown: null, width, height };
      measured.videos[name] = entry;
      // The frame stays in the video: it counts from the moment when the video is seen.
      (function check() {
        if (!isShown(video)) {
          requestAnimationFrame(check);
          return;
        }
        entry.shown = now();
        for (const wake of waiting.values()) wake();
      })();
    });
  }

  const srcObject = /** @type {PropertyDescriptor} */ (
    Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject')
  );
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    ...srcObject,
    /** @this {HTMLMediaElement} @param {MediaProvider | null} stream */
    set(stream) {
      srcObject.set?.call(this, stream);
      if (this instanceof HTMLVideoElement && stream) watch(this);
    },
  });

  Object.assign(window, {
    __bench: {
      measured,
      /** Settles when so many remote videos were shown. @param {number} count */
      shown: (count) =>
        new Promise((done) => {
          const hasAll = () => Object.values(measured.videos).filter(({ shown }) => shown).length >= count;
          const wake = () => hasAll() && done(undefined);
          waiting.set(String(waiting.size), wake);
          wake();
        }),
    },
  });
}

/** The text of a script that installs the probe. */
export const PROBE = `(${install})(${isShown});`;
