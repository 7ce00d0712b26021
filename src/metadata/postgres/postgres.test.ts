import { postgresRunsHere, withPostgres } from '../../../test/support/postgres.ts';
import { connectionsContract } from '../contract/connections-contract.ts';
import { contentContract } from '../contract/content-contract.ts';
import { databaseContract } from '../contract/database-contract.ts';
import { sharedDatabaseContract } from '../contract/shared-database-contract.ts';
import { sizesContract } from '../contract/sizes-contract.ts';
import { stretchContract } from '../contract/stretch-contract.ts';
import { tagsContract } from '../contract/tags-contract.ts';
import { totalsContract } from '../contract/totals-contract.ts';
import { usageContract } from '../contract/usage-contract.ts';
import { upstreamPausesContract } from '../contract/upstream-pauses-contract.ts';
import { valuesContract } from '../contract/values-contract.ts';

if (postgresRunsHere('the facts in PostgreSQL')) {
  databaseContract('PostgreSQL', withPostgres);
  sharedDatabaseContract('PostgreSQL', withPostgres);
  valuesContract('PostgreSQL', withPostgres);
  contentContract('PostgreSQL', withPostgres);
  stretchContract('PostgreSQL', withPostgres);
  tagsContract('PostgreSQL', withPostgres);
  totalsContract('PostgreSQL', withPostgres);
  usageContract('PostgreSQL', withPostgres);
  sizesContract('PostgreSQL', withPostgres);
  connectionsContract('PostgreSQL', withPostgres);
  upstreamPausesContract('PostgreSQL', withPostgres);
}
