/** The selected candidate pair. */
export interface PathStats {
  local: RTCIceCandidateType | null;
  remote: RTCIceCandidateType | null;
  protocol: string | null;
  /** The protocol between us and the TURN server (`udp`, `tcp`, `tls`), for a relayed path. */
  relayProtocol: string | null;
  roundTripTime: number | null;
}

export interface LinkStats {
  path: PathStats | null;
  video: { width: number; height: number; fps: number; framesDecoded: number } | null;
  audio: { energy: number; level: number } | null;
}

interface CandidateReport {
  candidateType?: RTCIceCandidateType;
  protocol?: string;
  relayProtocol?: string;
}

/** The selected candidate pair, and the peer's camera and microphone as they arrive. */
export async function readStats(pc: RTCPeerConnection): Promise<LinkStats> {
  const [microphone, camera] = pc.getTransceivers();
  const [report, audio, video] = await Promise.all([
    pc.getStats(),
    readInboundRtp(microphone),
    readInboundRtp(camera),
  ]);
  return {
    path: readSelectedPath(report),
    video: video
      ? {
          width: video.frameWidth ?? 0,
          height: video.frameHeight ?? 0,
          fps: video.framesPerSecond ?? 0,
          framesDecoded: video.framesDecoded ?? 0,
        }
      : null,
    audio: audio ? { energy: audio.totalAudioEnergy ?? 0, level: audio.audioLevel ?? 0 } : null,
  };
}

async function readInboundRtp(
  place: RTCRtpTransceiver | undefined,
): Promise<RTCInboundRtpStreamStats | null> {
  const report = (await place?.receiver.getStats()) ?? new Map();
  for (const stats of report.values() as Iterable<RTCInboundRtpStreamStats>) {
    if (stats.type === 'inbound-rtp') return stats;
  }
  return null;
}

function readSelectedPath(report: RTCStatsReport): PathStats | null {
  const pair = selectedPair(report);
  if (!pair) return null;
  const local = report.get(pair.localCandidateId) as CandidateReport | undefined;
  const remote = report.get(pair.remoteCandidateId) as CandidateReport | undefined;
  return {
    local: local?.candidateType ?? null,
    remote: remote?.candidateType ?? null,
    protocol: local?.protocol ?? null,
    relayProtocol: local?.relayProtocol ?? null,
    roundTripTime: pair.currentRoundTripTime ?? null,
  };
}

/** The transport names its pair. In Firefox it does not; there it is the nominated pair that succeeded. */
function selectedPair(report: RTCStatsReport): RTCIceCandidatePairStats | null {
  let nominated: RTCIceCandidatePairStats | null = null;
  for (const stats of report.values() as Iterable<RTCStats>) {
    if (stats.type === 'transport') {
      const id = (stats as RTCTransportStats).selectedCandidatePairId;
      if (id !== undefined) return report.get(id) as RTCIceCandidatePairStats;
    }
    if (stats.type === 'candidate-pair') {
      const pair = stats as RTCIceCandidatePairStats;
      if (pair.nominated && pair.state === 'succeeded') nominated = pair;
    }
  }
  return nominated;
}

/** All media and data of a link share one transport. */
export async function readBytesReceived(pc: RTCPeerConnection): Promise<number> {
  const report = await pc.getStats();
  for (const stats of report.values() as Iterable<RTCTransportStats>) {
    if (stats.type === 'transport') return stats.bytesReceived ?? 0;
  }
  return 0;
}
