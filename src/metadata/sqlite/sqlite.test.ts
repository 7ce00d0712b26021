import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectionsContract } from '../contract/connections-contract.ts';
import { contentContract } from '../contract/content-contract.ts';
import { databaseContract, type OpenDatabase } from '../contract/database-contract.ts';
import { sizesContract } from '../contract/sizes-contract.ts';
import { stretchContract } from '../contract/stretch-contract.ts';
import { tagsContract } from '../contract/tags-contract.ts';
import { totalsContract } from '../contract/totals-contract.ts';
import { usageContract } from '../contract/usage-contract.ts';
import { valuesContract } from '../contract/values-contract.ts';
import { upstreamPausesContract } from '../contract/upstream-pauses-contract.ts';
import { openSqlite } from './open.ts';

function withFile(test: (open: OpenDatabase) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'havre-sqlite-'));
    try {
      await test(() => openSqlite(join(folder, 'havre.db')));
    } finally {
      await rm(folder, { recursive: true });
    }
  };
}

databaseContract('SQLite', withFile);
valuesContract('SQLite', withFile);
contentContract('SQLite', withFile);
stretchContract('SQLite', withFile);
tagsContract('SQLite', withFile);
totalsContract('SQLite', withFile);
usageContract('SQLite', withFile);
sizesContract('SQLite', withFile);
connectionsContract('SQLite', withFile);
upstreamPausesContract('SQLite', withFile);
