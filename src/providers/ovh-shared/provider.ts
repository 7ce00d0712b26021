import type { Account, DeletionRules } from '../account.ts';
import { problemsOfPassword } from '../generic/provider.ts';
import { OCI_DELETION, OciAccount } from '../oci/oci-account.ts';
import { staticLogin } from '../oci/static-login.ts';
import { ProviderError } from '../provider-error.ts';
import type { Provider, ProviderTarget, ProviderTools } from '../provider.ts';

const HOST = /^registry\.[a-z0-9-]+\.ai\.cloud\.ovh\.net$/;

const MAY_BE_PURGED =
  'OVHcloud may purge the images of its shared registries at any time, without notice: they are for trying things out.';

/** A tag that is gone cannot be told from one that was purged: only what is asked for by its digest is deleted. */
const DELETION: DeletionRules = { ...OCI_DELETION, tag: 'no' };

/** The registry that all who use OVHcloud's AI tools in a region share. */
export const ovhShared: Provider = {
  kind: 'ovh-shared',
  title: 'OVHcloud AI shared registry',
  forms: [
    {
      name: 'password',
      username: 'asked',
      fields: [],
      help: {
        where: 'In the control panel of OVHcloud: Public Cloud, AI & Machine Learning, AI Dashboard, Users.',
        leastRights: 'The role AI Training operator. Images may be purged at any time: keep what matters elsewhere.',
      },
    },
  ],
  recognises: ({ hostname, port }) => HOST.test(hostname) && port === undefined,
  problemsOf: problemsOfPassword,
  open,
};

function open(target: ProviderTarget, tools: ProviderTools): Account {
  const { url } = target;
  const account = new OciAccount({
    url,
    login: staticLogin(target),
    deletion: DELETION,
    hasCatalog: false,
    tools,
  });
  return {
    deletion: account.deletion,
    login: async (signal) => await account.login(signal),
    check: async (options, signal) => {
      const report = await account.check(options, signal);
      return { ...report, remarks: [...report.remarks, MAY_BE_PURGED] };
    },
    repositories: () =>
      Promise.reject(
        new ProviderError('unsupported', `${url.host} does not list its repositories. Name one to look into it.`),
      ),
    tags: async (repository, page, signal) => await account.tags(repository, page, signal),
    reader: account.reader,
    images: (repository, signal) => account.images(repository, signal),
    delete: (repository, targets, signal) => account.delete(repository, targets, signal),
  };
}
