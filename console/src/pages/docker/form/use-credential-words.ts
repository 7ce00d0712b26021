import { useTranslation } from 'react-i18next';
import type { RegistryKind } from '../registries.ts';
import type { Kind } from '../registry-names.ts';

type CredentialForm = RegistryKind['forms'][number];

/** Forms that have words of ours, as `kind-form`. */
const FORMS = [
  'docker-hub-access-token',
  'docker-hub-organization-token',
  'docker-hub-password',
  'ghcr-access-token',
  'ghcr-workflow-token',
  'google-service-account',
  'google-access-token',
  'ecr-access-key',
  'ecr-temporary-key',
  'ecr-ambient',
  'ecr-public-access-key',
  'ecr-public-temporary-key',
  'ecr-public-ambient',
  'acr-service-principal',
  'acr-scope-map-token',
  'acr-admin',
  'harbor-robot',
  'harbor-password',
  'ovh-managed-robot',
  'ovh-managed-password',
  'ovh-shared-password',
  'gitlab-access-token',
  'gitlab-deploy-token',
  'gitlab-job-token',
  'quay-robot',
  'quay-oauth-token',
  'quay-password',
  'generic-password',
  'generic-identity-token',
] as const;

const NAMES = [
  'access-token',
  'organization-token',
  'password',
  'workflow-token',
  'service-account',
  'access-key',
  'temporary-key',
  'ambient',
  'service-principal',
  'scope-map-token',
  'admin',
  'robot',
  'deploy-token',
  'job-token',
  'oauth-token',
  'identity-token',
] as const;

/** As `kind-field`: the same name is something else elsewhere. */
const FIELDS = [
  'google-project',
  'ecr-role',
  'ecr-externalId',
  'ecr-public-role',
  'ecr-public-externalId',
  'acr-tenant',
  'acr-manager',
  'acr-subscription',
  'acr-resourceGroup',
  'acr-password',
  'harbor-renewal',
  'ovh-managed-renewal',
  'gitlab-gitlab',
  'gitlab-renewal',
  'generic-tag-deletion',
] as const;

/** What is said of a way to log in, in the language of the page; of one that is new to it, as the server does. */
export function useCredentialWords() {
  const { t } = useTranslation('credentials');
  const of = <Known extends string>(known: readonly Known[], name: string) => known.find((one) => one === name);
  return {
    form: (name: string): string => {
      const known = of(NAMES, name);
      return known === undefined ? name : t(`form.${known}`);
    },
    secret: (name: string): string => {
      const known = of(NAMES, name);
      return known === undefined ? name : t(`secret.${known}`);
    },
    where: (kind: Kind, { name, where }: CredentialForm): string => {
      const known = of(FORMS, `${kind}-${name}`);
      return known === undefined ? where : t(`where.${known}`);
    },
    leastRights: (kind: Kind, { name, leastRights }: CredentialForm): string => {
      const known = of(FORMS, `${kind}-${name}`);
      return known === undefined ? leastRights : t(`leastRights.${known}`);
    },
    field: (kind: Kind, name: string): string => {
      const known = of(FIELDS, `${kind}-${name}`);
      return known === undefined ? name : t(`field.${known}.label`);
    },
    fieldHelp: (kind: Kind, { name, description }: CredentialForm['fields'][number]): string => {
      const known = of(FIELDS, `${kind}-${name}`);
      return known === undefined ? description : t(`field.${known}.help`);
    },
  };
}
