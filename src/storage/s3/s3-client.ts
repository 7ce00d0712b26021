import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { S3Client } from '@aws-sdk/client-s3';
import type { RetryRules } from './retrying.ts';

/** The client of AWS, which is only loaded where bytes are in S3: it costs 100 ms and 26 MiB. */
export type Sdk = typeof import('@aws-sdk/client-s3');

/** Which bucket, and how it is reached. Credentials are found where every AWS tool finds them. */
export interface S3Location {
  readonly bucket: string;
  /** Begins every key; empty, or ends in a slash. */
  readonly prefix: string;
  /** Origin of the server; without one, AWS's own for the region. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  /** `https://endpoint/bucket/key` instead of `https://bucket.endpoint/key`. */
  readonly pathStyle: boolean;
}

/** For tests: everything else is found or fixed. */
export interface S3ClientOptions {
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly retry?: RetryRules;
}

/** Slow readers keep theirs for long; the client's own 50 would be used up by them. */
const MAX_SOCKETS = 256;
const CONNECT_MILLISECONDS = 3_000;
/** Where S3 names no region of ours: servers of one's own have this one, unless told otherwise. */
const DEFAULT_REGION = 'us-east-1';

const silent = (): void => undefined;

export async function openClient(
  location: S3Location,
  { credentials }: S3ClientOptions,
): Promise<{ readonly sdk: Sdk; readonly client: S3Client }> {
  const sdk = await import('@aws-sdk/client-s3');
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const region = location.region ?? (location.endpoint === undefined ? undefined : DEFAULT_REGION);
  const client = new sdk.S3Client({
    ...(region !== undefined && { region }),
    ...(location.endpoint !== undefined && { endpoint: location.endpoint }),
    forcePathStyle: location.pathStyle,
    ...(credentials !== undefined && { credentials }),
    // Failures rise to us; the client would also print them.
    logger: { trace: silent, debug: silent, info: silent, warn: silent, error: silent },
    // Retries are ours: the client never sends a stream again.
    maxAttempts: 1,
    // What we send is signed with its hash, and what we read is compared with its digest.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Servers that never answer 100 would make each large part wait for seconds.
    expectContinueHeader: false,
    requestHandler: {
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
      connectionTimeout: CONNECT_MILLISECONDS,
      // A limit on silence would cut downloads whose reader is slow: we keep time ourselves, while we wait for S3.
      socketTimeout: 0,
    },
  });
  return { sdk, client };
}
