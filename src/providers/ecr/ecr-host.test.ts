import { describe, expect, it } from 'bun:test';
import { parseRegistryUrl } from '../registry-url.ts';
import { ecrPlaceOf } from './ecr-host.ts';

describe('the name of a private registry of Amazon', () => {
  const cases = [
    [
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
      'eu-west-1',
      'api.ecr.eu-west-1.amazonaws.com',
      'sts.eu-west-1.amazonaws.com',
    ],
    [
      '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
      'cn-north-1',
      'api.ecr.cn-north-1.amazonaws.com.cn',
      'sts.cn-north-1.amazonaws.com.cn',
    ],
    [
      '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com',
      'us-gov-west-1',
      'ecr-fips.us-gov-west-1.amazonaws.com',
      'sts-fips.us-gov-west-1.amazonaws.com',
    ],
    ['123456789012.dkr-ecr.us-east-2.on.aws', 'us-east-2', 'ecr.us-east-2.api.aws', 'sts.us-east-2.amazonaws.com'],
    [
      'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/team',
      'eu-west-1',
      'api.ecr.eu-west-1.amazonaws.com',
      'sts.eu-west-1.amazonaws.com',
    ],
  ] as const;
  for (const [name, region, api, sts] of cases) {
    it(`says where everything is: ${name}`, () => {
      expect(ecrPlaceOf(parseRegistryUrl(name))).toEqual({
        account: '123456789012',
        region,
        api: `https://${api}`,
        sts: `https://${sts}`,
      });
    });
  }

  const others = [
    'public.ecr.aws',
    '12345.dkr.ecr.eu-west-1.amazonaws.com',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com.example.org',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com:8443',
    'http://123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    'ghcr.io',
  ];
  for (const name of others) {
    it(`is not ${name}`, () => {
      expect(ecrPlaceOf(parseRegistryUrl(name))).toBeUndefined();
    });
  }
});
