import { describe, expect, it } from 'bun:test';
import { digestOf } from './digest.ts';
import {
  AccessDeniedError,
  AuthenticationRequiredError,
  BlobUnknownError,
  ContentMissingError,
  DeletionDisabledError,
  DigestInvalidError,
  errorBody,
  ManifestBlobUnknownError,
  ManifestInvalidError,
  ManifestTooLargeError,
  ManifestUnknownError,
  NameInvalidError,
  NameUnknownError,
  OciError,
  PaginationInvalidError,
  ProtectedError,
  QuotaExceededError,
  RateLimitedError,
  SizeInvalidError,
  StorageFullError,
  StorageUnavailableError,
  TagInvalidError,
  TooManyTagsError,
  UnsupportedError,
  UploadOffsetError,
  UploadTooLargeError,
  UploadUnknownError,
} from './errors.ts';

const digest = digestOf(Buffer.from('a'));

describe('errors of the protocol', () => {
  const cases: readonly (readonly [OciError, string, number])[] = [
    [new BlobUnknownError(digest), 'BLOB_UNKNOWN', 404],
    [new ManifestUnknownError('latest'), 'MANIFEST_UNKNOWN', 404],
    [new ManifestBlobUnknownError([digest]), 'MANIFEST_BLOB_UNKNOWN', 400],
    [new UploadUnknownError('x'), 'BLOB_UPLOAD_UNKNOWN', 404],
    [new NameUnknownError('a/b'), 'NAME_UNKNOWN', 404],
    [new NameInvalidError('A'), 'NAME_INVALID', 400],
    [new TagInvalidError('.'), 'TAG_INVALID', 400],
    [new DigestInvalidError('not the content', 'sha256:00'), 'DIGEST_INVALID', 400],
    [new ManifestInvalidError('no'), 'MANIFEST_INVALID', 400],
    [new ManifestTooLargeError(4_194_304), 'SIZE_INVALID', 413],
    [new SizeInvalidError('short'), 'SIZE_INVALID', 400],
    [new UploadOffsetError(7), 'RANGE_INVALID', 416],
    [new UploadTooLargeError(10), 'SIZE_INVALID', 413],
    [new PaginationInvalidError('x'), 'PAGINATION_NUMBER_INVALID', 400],
    [new AuthenticationRequiredError(), 'UNAUTHORIZED', 401],
    [new AccessDeniedError(), 'DENIED', 403],
    [new DeletionDisabledError(), 'UNSUPPORTED', 405],
    [new UnsupportedError('no'), 'UNSUPPORTED', 405],
    [new ProtectedError('it is pinned'), 'DENIED', 403],
    [new QuotaExceededError('full', {}), 'DENIED', 403],
    [new TooManyTagsError(100), 'UNSUPPORTED', 414],
    [new RateLimitedError(3), 'TOOMANYREQUESTS', 429],
    [new StorageFullError(), 'UNAVAILABLE', 503],
    [new StorageUnavailableError(), 'UNAVAILABLE', 503],
  ];

  for (const [error, code, status] of cases) {
    it(`${error.name} is ${status} ${code}`, () => {
      expect(error.status).toBe(status);
      const body: { errors: { code: string; message: string }[] } = JSON.parse(errorBody(error));
      expect(body.errors).toHaveLength(1);
      expect(body.errors[0]?.code).toBe(code);
      expect(body.errors[0]?.message).not.toBe('');
    });
  }
});

describe('errorBody', () => {
  it('leaves out a detail that says nothing', () => {
    expect(errorBody(new UnsupportedError('no'))).toBe('{"errors":[{"code":"UNSUPPORTED","message":"no"}]}');
  });

  it('has one entry for each missing digest', () => {
    const other = digestOf(Buffer.from('b'));
    const body: { errors: unknown[] } = JSON.parse(errorBody(new ManifestBlobUnknownError([digest, other])));
    const message = 'manifest references content unknown to repository';
    expect(body.errors).toEqual([
      { code: 'MANIFEST_BLOB_UNKNOWN', message, detail: digest },
      { code: 'MANIFEST_BLOB_UNKNOWN', message, detail: other },
    ]);
  });

  it('quotes no more of a request than a person can read', () => {
    expect(errorBody(new NameInvalidError('A'.repeat(100_000))).length).toBeLessThan(600);
  });

  it('is JSON whatever the request held', () => {
    for (const text of ['\ud800', '\0', '"', '\\', '</script>', '\u2028']) {
      expect(() => JSON.parse(errorBody(new TagInvalidError(text)))).not.toThrow();
      expect(Buffer.from(errorBody(new TagInvalidError(text)), 'utf8').toString()).not.toContain('\ufffd');
    }
  });
});

describe('headers of errors', () => {
  it('asks for credentials with the challenge', () => {
    const error = new AuthenticationRequiredError({ challenge: 'Basic realm="Havre"' });
    expect(error.headers).toEqual({ 'WWW-Authenticate': 'Basic realm="Havre"' });
    expect(new AuthenticationRequiredError().headers).toBeUndefined();
  });

  it('says when to come back, in whole seconds, and never at once', () => {
    expect(new RateLimitedError(1.2).headers).toEqual({ 'Retry-After': '2' });
    expect(new RateLimitedError(0).headers).toEqual({ 'Retry-After': '1' });
    expect(new StorageFullError().headers).toEqual({ 'Retry-After': '30' });
  });

  it('carries where an upload stands', () => {
    const headers = { Location: '/v2/a/blobs/uploads/x', Range: '0-6' };
    expect(new UploadOffsetError(7, headers)).toMatchObject({ offset: 7, headers });
  });
});

describe('ContentMissingError', () => {
  it('is not told to the client', () => {
    expect(new ContentMissingError('blobs/x')).not.toBeInstanceOf(OciError);
  });
});
