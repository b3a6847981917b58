// Makes a small picture of a screenshot: a PNG with a palette of the colours that stand in it most often.
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const colours = 16;

function chunks(png) {
  const found = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    found.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + png.readUInt32BE(at)) });
  }
  return found;
}

// The pixel above, left or between that a byte was told apart from (PNG, 9.4).
function paeth(left, above, corner) {
  const guess = left + above - corner;
  const [a, b, c] = [left, above, corner].map((one) => Math.abs(guess - one));
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

// The pixels of a PNG of 8 bits a channel without interlacing, as 0xRRGGBB.
function read(png) {
  const all = chunks(png);
  const head = all.find(({ type }) => type === 'IHDR').data;
  const [width, height, size] = [head.readUInt32BE(0), head.readUInt32BE(4), head[9] === 6 ? 4 : 3];
  const raw = inflateSync(Buffer.concat(all.filter(({ type }) => type === 'IDAT').map(({ data }) => data)));
  const line = width * size;
  let before = new Uint8Array(line);
  const pixels = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (line + 1)];
    const now = Uint8Array.from(raw.subarray(y * (line + 1) + 1, (y + 1) * (line + 1)));
    for (let x = 0; x < line; x++) {
      const [left, above, corner] = [x < size ? 0 : now[x - size], before[x], x < size ? 0 : before[x - size]];
      now[x] += [0, left, above, (left + above) >> 1, filter === 4 ? paeth(left, above, corner) : 0][filter];
    }
    for (let x = 0; x < width; x++) pixels[y * width + x] = (now[x * size] << 16) | (now[x * size + 1] << 8) | now[x * size + 2];
    before = now;
  }
  return { width, height, pixels };
}

const distance = (one, other) => [16, 8, 0].reduce((sum, by) => sum + (((one >> by) & 255) - ((other >> by) & 255)) ** 2, 0);

// The colours that occur most often and are not nearly one that was taken already.
function palette(pixels) {
  const counted = new Map();
  for (const one of pixels) counted.set(one, (counted.get(one) ?? 0) + 1);
  const taken = [];
  for (const [one] of [...counted].sort((a, b) => b[1] - a[1])) {
    if (taken.length < colours && taken.every((other) => distance(one, other) > 300)) taken.push(one);
  }
  return taken;
}

function chunk(type, data) {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

export function small(png) {
  const { width, height, pixels } = read(png);
  const taken = palette(pixels);
  const known = new Map();
  const nearest = (pixel) => {
    if (!known.has(pixel)) known.set(pixel, taken.reduce((best, one, at) => (distance(one, pixel) < distance(taken[best], pixel) ? at : best), 0));
    return known.get(pixel);
  };
  const line = Math.ceil(width / 2) + 1;
  const raw = Buffer.alloc(line * height);
  pixels.forEach((pixel, at) => {
    const [x, y] = [at % width, Math.floor(at / width)];
    raw[y * line + 1 + (x >> 1)] |= nearest(pixel) << (x % 2 ? 0 : 4);
  });
  const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 4, 3, 0, 0, 0]);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  const table = Buffer.from(taken.flatMap((one) => [one >> 16, (one >> 8) & 255, one & 255]));
  const parts = [chunk('IHDR', head), chunk('PLTE', table), chunk('IDAT', deflateSync(raw, { level: 9 })), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([signature, ...parts]);
}
