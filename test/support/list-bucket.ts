import { openBucket } from '../../src/storage/s3/bucket.ts';

/** Lists the bucket of an S3 server as a server of ours would that is started with this environment: see the test of credentials. */
const bucket = await openBucket({
  bucket: 'havre',
  prefix: '',
  endpoint: process.argv[2],
  region: 'eu-west-3',
  pathStyle: true,
});
await bucket.check();
