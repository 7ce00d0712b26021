import { acrProvider } from '../../src/providers/acr/provider.ts';
import { ecrPublicProvider } from '../../src/providers/ecr-public/provider.ts';
import { ecrProvider } from '../../src/providers/ecr/provider.ts';
import { generic } from '../../src/providers/generic/provider.ts';
import { googleProvider } from '../../src/providers/google/provider.ts';
import { harbor } from '../../src/providers/harbor/provider.ts';
import { ovhManaged } from '../../src/providers/ovh-managed/provider.ts';
import { ovhShared } from '../../src/providers/ovh-shared/provider.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { quay } from '../../src/providers/quay/provider.ts';
import { ACR_HOST, type FakeAcr, startFakeAcr } from './acr.ts';
import { startFakeDockerHub } from './docker-hub.ts';
import { ECR_ACCOUNT, type FakeEcr, startFakeEcr } from './ecr.ts';
import { ALL_RIGHTS, type Fake } from './fake.ts';
import { FakeRepository } from './fake-repository.ts';
import { startFakeGeneric } from './generic.ts';
import { type FakeGhcr, startFakeGhcr } from './ghcr.ts';
import { startFakeGitlab } from './gitlab.ts';
import { emailOf, GOOGLE_PROJECT, serviceAccountKey, startFakeGoogle } from './google.ts';
import { type FakeHarbor, startFakeHarbor } from './harbor.ts';
import { startFakeOvhShared } from './ovh.ts';
import { startFakeQuay } from './quay.ts';

/** A registry of some kind with a user of all rights, and what a connection to it is made of. */
export interface RemoteWorld<F extends Fake = Fake> {
  readonly fake: F;
  readonly provider: Provider;
  /** Of a connection; its secret too. */
  readonly said: Readonly<Record<string, unknown>> & { readonly kind: string; readonly secret: string };
  /** Name of a repository that is empty, as in a reference. */
  readonly name: string;
  readonly repository: FakeRepository;
}

interface Made<F extends Fake> extends Omit<RemoteWorld<F>, 'repository' | 'said'> {
  readonly said: { readonly url: string; readonly form: string; readonly username: string; readonly secret: string } & {
    readonly region?: string;
  };
}

function worldOf<F extends Fake>({ fake, provider, said, name }: Made<F>, email = said.username): RemoteWorld<F> {
  fake.users.set('valid', { username: email, secret: said.secret, rights: ALL_RIGHTS });
  const repository = new FakeRepository(name);
  fake.repositories.set(name, repository);
  return { fake, provider, said: { ...said, kind: provider.kind }, name, repository };
}

export function dockerHubWorld(): RemoteWorld {
  const fake = startFakeDockerHub();
  const said = { url: 'docker.io/acme', form: 'access-token', username: 'acme', secret: 'dckr_pat_valid-secret' };
  return worldOf({ fake, provider: fake.provider, said, name: 'acme/app' });
}

export function ghcrWorld(): RemoteWorld<FakeGhcr> {
  const fake = startFakeGhcr();
  fake.organizations.add('acme');
  const secret = 'ghp_validsecretvalidsecret';
  const said = { url: 'ghcr.io/acme', form: 'access-token', username: 'somebody', secret };
  return worldOf({ fake, provider: fake.provider, said, name: 'acme/team/app' });
}

export function gitlabWorld(): RemoteWorld {
  const fake = startFakeGitlab();
  fake.projects.add('acme/project');
  const said = {
    url: `${fake.url}/acme`,
    form: 'access-token',
    username: 'somebody',
    secret: 'glpat-validsecretvalid',
  };
  return worldOf({ fake, provider: fake.provider, said, name: 'acme/project/app' });
}

export function quayWorld(form: 'oauth-token' | 'robot' = 'robot'): RemoteWorld {
  const fake = startFakeQuay();
  const username = form === 'robot' ? 'acme+robot' : '$oauthtoken';
  const said = { url: `${fake.url}/acme`, form, username, secret: 'valid-secret-of-an-application' };
  return worldOf({ fake, provider: quay, said, name: 'acme/app' });
}

export function ecrWorld(): RemoteWorld<FakeEcr> {
  const fake = startFakeEcr();
  const said = {
    url: `${ECR_ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`,
    form: 'access-key',
    username: 'AKIAVALIDVALIDVALID1',
    secret: 'a-valid-secret-access-key',
  };
  const provider = ecrProvider({ api: fake.url, sts: fake.url, registry: fake.url, wait: async () => {} });
  return worldOf({ fake, provider, said, name: 'team/app' });
}

export function ecrPublicWorld(): RemoteWorld<FakeEcr> {
  const fake = startFakeEcr({ isPublic: true });
  const said = {
    url: 'public.ecr.aws',
    form: 'access-key',
    username: 'AKIAVALIDVALIDVALID1',
    secret: 'a-valid-secret-access-key',
  };
  const provider = ecrPublicProvider({ api: fake.url, sts: fake.url, registry: fake.url, wait: async () => {} });
  return worldOf({ fake, provider, said, name: 'harbour/app' });
}

export function acrWorld(): RemoteWorld<FakeAcr> {
  const fake = startFakeAcr();
  const username = '6731de76-14a6-49ae-97bc-6eba6914391e';
  const said = { url: ACR_HOST, form: 'service-principal', username, secret: 'a-valid-client-secret' };
  const provider = acrProvider({ origin: fake.url, authority: fake.url });
  return worldOf({ fake, provider, said, name: 'team/app' });
}

export function googleWorld(): RemoteWorld {
  const fake = startFakeGoogle();
  const url = `europe-west1-docker.pkg.dev/${GOOGLE_PROJECT}`;
  const said = { url, form: 'service-account', username: '_json_key', secret: serviceAccountKey('valid') };
  const provider = googleProvider({
    api: fake.url,
    registry: fake.url,
    tokenUrl: `${fake.url}/token`,
    wait: async () => {},
  });
  return worldOf({ fake, provider, said, name: `${GOOGLE_PROJECT}/images/app` }, emailOf('valid'));
}

export function harborWorld(): RemoteWorld<FakeHarbor> {
  const fake = startFakeHarbor();
  const said = { url: `${fake.url}/team`, form: 'robot', username: 'robot$team+ci', secret: 'valid-secret' };
  return worldOf({ fake, provider: harbor, said, name: 'team/app/web' });
}

export function ovhManagedWorld(): RemoteWorld<FakeHarbor> {
  const fake = startFakeHarbor();
  const said = { url: `${fake.url}/team`, form: 'password', username: 'user-abc', secret: 'valid-secret' };
  return worldOf({ fake, provider: ovhManaged, said, name: 'team/app/web' });
}

export function ovhSharedWorld(): RemoteWorld {
  const fake = startFakeOvhShared();
  const said = { url: fake.url, region: 'GRA', form: 'password', username: 'user-abc', secret: 'valid-secret' };
  return worldOf({ fake, provider: ovhShared, said, name: 'app' });
}

export function genericWorld(): RemoteWorld {
  const fake = startFakeGeneric();
  const said = { url: fake.url, form: 'password', username: 'valid', secret: 'valid-secret' };
  return worldOf({ fake, provider: generic, said, name: 'team/app' });
}

/** One of each kind that can be cleaned up. */
export const REMOTE_WORLDS: readonly (readonly [title: string, start: () => RemoteWorld])[] = [
  ['Docker Hub', dockerHubWorld],
  ['GitHub Container Registry', ghcrWorld],
  ['GitLab', gitlabWorld],
  ['Quay, for a robot', quayWorld],
  ['Quay, for an application', () => quayWorld('oauth-token')],
  ['Amazon ECR', ecrWorld],
  ['Amazon ECR Public', ecrPublicWorld],
  ['Azure Container Registry', acrWorld],
  ['Google Artifact Registry', googleWorld],
  ['Harbor', harborWorld],
  ['OVHcloud Managed Private Registry', ovhManagedWorld],
  ["OVHcloud's shared registry", ovhSharedWorld],
  ['a registry of no known kind', genericWorld],
];
