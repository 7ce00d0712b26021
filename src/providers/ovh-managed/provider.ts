import { HarborAccount } from '../harbor/harbor-account.ts';
import { harborForms, problemsOfHarbor } from '../harbor/provider.ts';
import type { Provider } from '../provider.ts';

const HOST = /\.container-registry\.ovh\.(?:net|us)$/;

/** A Harbor that OVHcloud runs for one customer. */
export const ovhManaged: Provider = {
  kind: 'ovh-managed',
  title: 'OVHcloud Managed Private Registry',
  forms: harborForms({
    robots:
      'In the Harbor of the registry, which the control panel of OVHcloud links: the project, Robot Accounts, New Robot Account.',
    users:
      'In the control panel of OVHcloud: the registry, Users; the password is shown once. Where IAM is switched on for the ' +
      'registry, such users are not taken: use a robot.',
  }),
  recognises: ({ hostname }) => HOST.test(hostname),
  problemsOf: problemsOfHarbor,
  open: (target, tools) => new HarborAccount(target, tools),
};
