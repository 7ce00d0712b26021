import { setDefaultTimeout } from 'bun:test';
import { NotedStore } from '../../../test/support/noted-store.ts';
import { describeOnS3 } from '../../../test/support/s3.ts';
import { blobStoreContract } from '../contract/blob-store-contract.ts';
import { uploadStoreContract } from '../contract/upload-store-contract.ts';

// Several megabytes each, to a server that may share the machine with others.
setDefaultTimeout(60_000);

describeOnS3('the contract of a store', (s3) => {
  const open = (): Promise<NotedStore> => NotedStore.open({ location: s3.location(), ...s3.options() });
  const reopen = (store: unknown): Promise<NotedStore> => {
    if (!(store instanceof NotedStore)) throw new Error('not one of ours');
    return store.reopen();
  };

  blobStoreContract('S3', open);
  uploadStoreContract('S3', { open, reopen });
});
