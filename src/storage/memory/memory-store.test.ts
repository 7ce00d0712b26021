import { blobStoreContract } from '../contract/blob-store-contract.ts';
import { uploadStoreContract } from '../contract/upload-store-contract.ts';
import { MemoryStore } from './memory-store.ts';

const open = async (): Promise<MemoryStore> => new MemoryStore();

blobStoreContract('memory', open);
uploadStoreContract('memory', { open });
