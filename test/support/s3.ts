import { afterAll, beforeAll, describe } from 'bun:test';
import { openBucket, type Bucket } from '../../src/storage/s3/bucket.ts';
import type { S3ClientOptions, S3Location } from '../../src/storage/s3/s3-client.ts';
import { runsHere } from './required.ts';
import { S3_REGION, S3Server, s3Program, type S3Program } from './s3-server.ts';

/** Servers that a store must work with; moto takes what is wrong, and proves nothing. */
const PROGRAMS: readonly S3Program[] = ['versitygw', 'minio'];

/** The server of a suite, while the suite runs. */
export interface S3UnderTest {
  readonly program: S3Program;
  readonly server: () => S3Server;
  /** A place of its own in the bucket. @param endpoint default: the server's own. */
  readonly location: (endpoint?: string) => S3Location;
  readonly options: () => Required<Pick<S3ClientOptions, 'credentials'>>;
}

/**
 * Runs a suite against every S3 server that is installed here. `TEST_REQUIRED` with `s3` in it makes one that is
 * missing a failure.
 */
export function describeOnS3(what: string, suite: (s3: S3UnderTest) => void, programs = PROGRAMS): void {
  for (const program of programs) {
    if (!runsHere('s3', s3Program(program) !== undefined, `${what} on ${program}`)) continue;
    describe(`on ${program}`, () => {
      let started: S3Server | undefined;
      beforeAll(async () => void (started = await S3Server.start({ program })), 90_000);
      afterAll(async () => await started?.[Symbol.asyncDispose](), 60_000);
      const server = (): S3Server => {
        if (started === undefined) throw new Error(`${program} did not start`);
        return started;
      };
      suite({
        program,
        server,
        location: (endpoint) => ({ ...newLocation(server()), ...(endpoint !== undefined && { endpoint }) }),
        options: () => ({ credentials: credentialsOf(server()) }),
      });
    });
  }
}

/** A prefix that no other test has. */
export function newLocation({ bucket, endpoint }: S3Server): S3Location {
  return { bucket, prefix: `${crypto.randomUUID()}/`, endpoint, region: S3_REGION, pathStyle: true };
}

export function credentialsOf({ credentials }: S3Server): { accessKeyId: string; secretAccessKey: string } {
  return { accessKeyId: credentials.AWS_ACCESS_KEY_ID, secretAccessKey: credentials.AWS_SECRET_ACCESS_KEY };
}

/** For tests that look into the bucket themselves. */
export function bucketOf(s3: S3UnderTest, location: S3Location): Promise<Bucket> {
  return openBucket(location, s3.options());
}
