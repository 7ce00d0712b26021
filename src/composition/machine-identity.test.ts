import { expect, it } from 'bun:test';
import { EgressDeniedError } from '../egress/egress-error.ts';
import { machineIdentity } from './machine-identity.ts';

it('the identity of the machine is asked for where Amazon tells it, and nowhere else in our network', async () => {
  const { http } = machineIdentity();
  const signal = AbortSignal.timeout(5000);
  for (const url of ['http://127.0.0.1:1/', 'http://10.0.0.1/', 'http://169.254.169.253/', 'https://[::1]/']) {
    const asked = http.send({ method: 'GET', url, headers: {}, signal });
    expect(await asked.catch((error: unknown) => error)).toBeInstanceOf(EgressDeniedError);
  }
});
