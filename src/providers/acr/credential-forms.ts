import type { CredentialForm, ProviderTarget } from '../provider.ts';

const LEAST_RIGHTS =
  'The role AcrPull on the registry for listing and pulling, AcrPush for pushing, AcrDelete for cleaning up. Where rights ' +
  'are given by repository (ABAC): Container Registry Repository Reader, Writer or Contributor, and Container Registry ' +
  'Repository Catalog Lister for listing.';
const LINK = 'https://learn.microsoft.com/azure/container-registry/container-registry-authentication';
const TWO_YEARS_SECONDS = 2 * 365 * 86_400;

export const ACR_FORMS: readonly CredentialForm[] = [
  {
    name: 'service-principal',
    username: 'asked',
    fields: [
      {
        name: 'tenant',
        isRequired: false,
        description:
          'The directory (tenant) ID. With it, logins of three hours are handed out instead of the client secret.',
      },
    ],
    help: {
      where:
        'The username is the application (client) ID, the secret is the value of a client secret: Microsoft Entra ID, App registrations, Certificates & secrets.',
      leastRights: LEAST_RIGHTS,
      link: LINK,
    },
    lifeSeconds: TWO_YEARS_SECONDS,
  },
  {
    name: 'scope-map-token',
    username: 'asked',
    fields: [
      {
        name: 'manager',
        isRequired: false,
        description:
          'For Havre to make passwords by itself: the name of the connection, in the same project and to an Azure registry, ' +
          'whose service principal may do that (with its tenant).',
      },
      {
        name: 'subscription',
        isRequired: false,
        description: 'With manager: the ID of the subscription of the registry.',
      },
      { name: 'resourceGroup', isRequired: false, description: 'With manager: the resource group of the registry.' },
      {
        name: 'password',
        isRequired: false,
        description: 'With manager: which of its two passwords this one is, password1 or password2, where it has both.',
      },
    ],
    help: {
      where:
        'The name of a token of the registry and one of its two passwords: the registry, Repository permissions, Tokens.',
      leastRights:
        'A scope map with content/read and metadata/read on the repositories, content/write for pushing, content/delete for cleaning up.',
      link: 'https://learn.microsoft.com/azure/container-registry/container-registry-token-based-repository-permissions',
    },
  },
  {
    name: 'admin',
    username: 'asked',
    fields: [],
    help: {
      where: 'The admin user of the registry and one of its two passwords: the registry, Access keys.',
      leastRights: 'It may do everything: a token with a scope map is enough for most.',
      link: LINK,
    },
  },
];

/** What is wrong with credentials, before Azure is asked. */
export function problemsOfCredentials({
  form,
  username,
  secret,
  fields,
}: ProviderTarget): readonly { readonly field: string; readonly message: string }[] {
  if (!ACR_FORMS.some(({ name }) => name === form)) {
    return [{ field: 'form', message: `The forms are ${ACR_FORMS.map(({ name }) => name).join(', ')}.` }];
  }
  const tenant = fields['tenant'] ?? '';
  return [
    ...(secret !== '' && username === '' ? [{ field: 'username', message: 'The username is missing.' }] : []),
    ...(secret === '' && username !== '' ? [{ field: 'secret', message: 'The secret is missing.' }] : []),
    ...(tenant === '' || /^[\w.-]+$/.test(tenant)
      ? []
      : [{ field: 'tenant', message: 'A tenant is an identifier, or a domain of the directory.' }]),
    ...problemsOfManager(fields),
  ];
}

function problemsOfManager({
  manager,
  subscription = '',
  resourceGroup = '',
  password = '',
}: ProviderTarget['fields']) {
  const isManaged = (manager ?? '') !== '';
  return [
    ...(isManaged === (subscription !== '') &&
    (subscription === '' || /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(subscription))
      ? []
      : [{ field: 'subscription', message: 'With the manager comes the ID of the subscription: 8-4-4-4-12 digits.' }]),
    ...(isManaged === (resourceGroup !== '') &&
    (resourceGroup === '' || /^[\p{L}\p{N}_().-]{1,89}[\p{L}\p{N}_()-]$/u.test(resourceGroup))
      ? []
      : [{ field: 'resourceGroup', message: 'With the manager comes the resource group of the registry.' }]),
    ...(['', 'password1', 'password2'].includes(password)
      ? []
      : [{ field: 'password', message: 'Say password1 or password2.' }]),
  ];
}
