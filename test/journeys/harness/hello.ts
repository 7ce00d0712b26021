import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a small program is loaded, and where its first instruction is: behind the two headers. */
const BASE = 0x400000;
const HEADERS_BYTES = 64 + 56;

/**
 * A static Linux program that prints `message` and ends, made of bytes: an image can then be built `FROM scratch` with
 * neither a compiler nor another registry. It runs on the processor the tests run on (x64 or arm64).
 */
export function helloProgram(message: string): Uint8Array {
  const text = new TextEncoder().encode(message);
  const isArm = process.arch === 'arm64';
  const code = isArm ? arm64Code(text.byteLength) : x64Code(text.byteLength);
  const sizeBytes = HEADERS_BYTES + code.byteLength + text.byteLength;
  const header = new DataView(new ArrayBuffer(HEADERS_BYTES));
  const magic = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1];
  for (const [index, byte] of magic.entries()) header.setUint8(index, byte);
  header.setUint16(16, 2, true); // an executable
  header.setUint16(18, isArm ? 183 : 62, true);
  header.setUint32(20, 1, true);
  header.setBigUint64(24, BigInt(BASE + HEADERS_BYTES), true); // entry
  header.setBigUint64(32, 64n, true); // the program header follows
  header.setUint16(52, 64, true);
  header.setUint16(54, 56, true);
  header.setUint16(56, 1, true);
  header.setUint32(64, 1, true); // one segment to load,
  header.setUint32(68, 5, true); // to read and to run
  header.setBigUint64(80, BigInt(BASE), true);
  header.setBigUint64(88, BigInt(BASE), true);
  header.setBigUint64(96, BigInt(sizeBytes), true);
  header.setBigUint64(104, BigInt(sizeBytes), true);
  header.setBigUint64(112, 0x1000n, true);
  return Buffer.concat([new Uint8Array(header.buffer), code, text]);
}

/** write(1, message, length); exit(0). The message follows the code. */
function x64Code(length: number): Uint8Array {
  const instructions = [
    'b801000000', // mov eax, 1
    'bf01000000', // mov edi, 1
    '488d3510000000', // lea rsi, [rip + 16]
    'ba00000000', // mov edx, length
    '0f05', // syscall
    'b83c000000', // mov eax, 60
    '31ff', // xor edi, edi
    '0f05', // syscall
  ];
  const code = Buffer.from(instructions.join(''), 'hex');
  code.writeUInt32LE(length, 18);
  return code;
}

function arm64Code(length: number): Uint8Array {
  const instructions = [
    0xd2800020, // mov x0, #1
    0x100000e1, // adr x1, 28 bytes on
    0xd2800002 | (length << 5), // mov x2, #length
    0xd2800808, // mov x8, #64
    0xd4000001, // svc #0
    0xd2800000, // mov x0, #0
    0xd2800ba8, // mov x8, #93
    0xd4000001, // svc #0
  ];
  const code = new DataView(new ArrayBuffer(instructions.length * 4));
  for (const [index, instruction] of instructions.entries()) code.setUint32(index * 4, instruction >>> 0, true);
  return new Uint8Array(code.buffer);
}

/** A folder that `docker build`, `podman build` and `buildah build` take: FROM scratch, one program that prints. */
export async function writeBuildContext(folder: string, message: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'hello'), helloProgram(message));
  await chmod(join(folder, 'hello'), 0o755);
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY hello /hello\nCMD ["/hello"]\n');
  return folder;
}
