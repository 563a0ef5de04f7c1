import { expect, it } from 'vitest';
import { description } from '../testing';
import { readSdp } from './sdp-reader';
import { writeSdp } from './sdp-writer';

it('the start bitrate is written for pictures alone, and no reader passes it on', () => {
  const said = description('offer', 'ufra');
  const plain = writeSdp(said);
  const sdp = writeSdp(said, 1_000);
  expect(plain).not.toContain('x-google');
  // The camera and the screen: a browser that hears two different values starts again with each description.
  expect(sdp.match(/^a=fmtp:96 x-google-start-bitrate=1000\r$/gm)).toHaveLength(2);
  expect(readSdp('offer', sdp)).toEqual(readSdp('offer', plain));
});

it('the start bitrate stands beside the parameters of a codec', () => {
  const said = description('offer', 'ufra');
  const codecs = [{ pt: 102, name: 'H264', fmtp: 'packetization-mode=1' }];
  said.camera = { formats: { codecs, feedback: [], extensions: {} } };
  expect(writeSdp(said, 300)).toContain('a=fmtp:102 packetization-mode=1;x-google-start-bitrate=300\r\n');
});
