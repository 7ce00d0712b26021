import { join } from 'node:path';
import { parseDigest } from '../../src/oci/digest.ts';
import * as errors from '../../src/oci/errors.ts';
import { code, page, table, writtenFrom } from './markdown.ts';

const DIGEST = parseDigest(`sha256:${'0'.repeat(64)}`);

/** One of each class, and what a person who meets it can do. */
const EXAMPLES: readonly (readonly [errors.OciError, string])[] = [
  [new errors.BlobUnknownError(DIGEST), 'Push the blob to this repository, or mount it from one that has it.'],
  [new errors.ManifestUnknownError('v1'), 'Look at the spelling of the tag: `tags/list` has them all.'],
  [new errors.ManifestBlobUnknownError([DIGEST]), 'Push the blobs before the manifest that names them.'],
  [new errors.UploadUnknownError('…'), 'Open a new upload. Sessions end after `uploads.expireSeconds` without a byte.'],
  [
    new errors.NameUnknownError('team/app'),
    'Look at the spelling of the repository. It exists once something is pushed to it.',
  ],
  [new errors.NameInvalidError('Team'), 'Change the name.'],
  [new errors.TagInvalidError('-v1'), 'Change the tag.'],
  [
    new errors.DigestInvalidError('digest does not match the content', '…'),
    'Push again: the bytes changed on their way, or the client names the wrong digest.',
  ],
  [new errors.ManifestInvalidError('schemaVersion must be 2'), 'The message says what is wrong with the document.'],
  [new errors.ManifestTooLargeError(4_194_304), 'Make it smaller, or raise `limits.manifestBytes`.'],
  [
    new errors.SizeInvalidError('fewer bytes than announced'),
    'Push again: the connection broke, or a proxy cut the body.',
  ],
  [new errors.UploadOffsetError(1024), 'Ask for the offset (GET on the session) and go on from there.'],
  [new errors.UploadTooLargeError(1024), 'Raise `limits.uploadBytes`.'],
  [new errors.PaginationInvalidError('-1'), 'Correct the query.'],
  [new errors.AuthenticationRequiredError(), '`docker login`, with the right password.'],
  [new errors.AccessDeniedError(), 'Ask an administrator for a grant: `havre grant add`.'],
  [
    new errors.QuotaExceededError('quota exceeded: …', {}),
    'Delete images that are no longer needed (what is in the trash does not count), or raise the quota: `havre quota set`.',
  ],
  [
    new errors.ProtectedError('tag v1 is immutable (rule 3): it names sha256:… and cannot be moved'),
    'Push another tag, or look at the rule: `havre rule list`.',
  ],
  [new errors.DeletionDisabledError(), 'Set `delete.enabled`.'],
  [new errors.UnsupportedError('method not allowed'), 'The message says what is not supported.'],
  [new errors.TooManyTagsError(100), 'Set the tags with several requests.'],
  [new errors.RateLimitedError(1), 'Wait for as many seconds as `Retry-After` says.'],
  [new errors.StorageFullError(), 'Make space: `havre garbage-collect`. It heals without a restart.'],
  [
    new errors.StorageUnavailableError(),
    'Look at the disk and at who owns the data folder: `havre doctor`. It heals without a restart.',
  ],
];

export async function errorsPage(): Promise<string> {
  refuseIncompleteExamples();
  const source = await Bun.file(join(import.meta.dir, '../../src/oci/errors.ts')).text();
  const rows = EXAMPLES.map(([error, remedy]) => [
    code(error.code),
    String(error.status),
    error.message,
    docstringOf(error.name, source),
    remedy,
  ]);
  rows.sort(
    ([code1 = '', status1 = ''], [code2 = '', status2 = '']) =>
      code1.localeCompare(code2) || status1.localeCompare(status2),
  );
  return page(
    writtenFrom('src/oci/errors.ts'),
    '# Errors',
    'What a client is told, as `{"errors":[{"code":…,"message":…,"detail":…}]}`. Codes are those of the OCI distribution specification, and a few of Docker’s registry that clients know. Messages may change; codes and statuses do not.',
    table(['Code', 'Status', 'Message, for example', 'What it means', 'What to do'], rows),
    'Anything else that fails is 500 `UNKNOWN`, with nothing about its cause: that is in the log, under the request id of the reply.',
  );
}

/** A class without its line here would be an error nobody can look up. */
function refuseIncompleteExamples(): void {
  const named = new Set(EXAMPLES.map(([error]) => error.name));
  const missing = Object.entries(errors).flatMap(([name, value]) =>
    typeof value === 'function' && value.prototype instanceof errors.OciError && !named.has(name) ? [name] : [],
  );
  if (missing.length > 0) throw new Error(`scripts/docs/errors-page.ts has no example of ${missing.join(', ')}`);
}

/** The comment above a class, on one line; empty when its name says it all. */
function docstringOf(className: string, source: string): string {
  const above = source.slice(0, source.indexOf(`\nexport class ${className} `));
  const comment = /\/\*\*((?:(?!\*\/)[^])*)\*\/$/.exec(above)?.[1] ?? '';
  return comment.replaceAll(/\s*\n\s*\*?\s*/g, ' ').trim();
}
