import { describe, expect, it } from 'bun:test';
import {
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  DOCKER_SCHEMA1,
  DOCKER_SCHEMA1_SIGNED,
  isIndexType,
  isManifestType,
  isNonDistributable,
  isSchema1Type,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_LAYER_GZIP,
  OCI_MANIFEST,
  parseMediaType,
} from './media-types.ts';

describe('media types', () => {
  it('of the manifests endpoint are four', () => {
    for (const type of [OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_MANIFEST_LIST]) {
      expect(isManifestType(type)).toBe(true);
    }
    for (const type of ['', OCI_CONFIG, DOCKER_SCHEMA1_SIGNED, 'application/json', `${OCI_MANIFEST} `]) {
      expect(isManifestType(type)).toBe(false);
    }
  });

  it('of an index are two', () => {
    expect([OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_MANIFEST_LIST].filter(isIndexType)).toEqual([
      OCI_INDEX,
      DOCKER_MANIFEST_LIST,
    ]);
  });

  it('of schema 1 are two, signed or not', () => {
    expect([DOCKER_SCHEMA1, DOCKER_SCHEMA1_SIGNED].every(isSchema1Type)).toBe(true);
    expect([DOCKER_MANIFEST, OCI_MANIFEST, ''].some(isSchema1Type)).toBe(false);
  });

  it('of layers that are fetched elsewhere are known', () => {
    expect(isNonDistributable('application/vnd.oci.image.layer.nondistributable.v1.tar+zstd')).toBe(true);
    expect(isNonDistributable('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip')).toBe(true);
    expect(isNonDistributable(OCI_LAYER_GZIP)).toBe(false);
  });
});

describe('parseMediaType', () => {
  const cases = [
    [OCI_MANIFEST, OCI_MANIFEST],
    [`${OCI_MANIFEST}; charset=utf-8`, OCI_MANIFEST],
    [`${OCI_MANIFEST};charset=utf-8;x=y`, OCI_MANIFEST],
    [`  ${OCI_MANIFEST.toUpperCase()} `, OCI_MANIFEST],
    ['', ''],
    [';', ''],
  ] as const;
  for (const [header, type] of cases) it(`reads "${header}"`, () => expect(parseMediaType(header)).toBe(type));
});
