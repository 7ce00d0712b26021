import 'i18next';
import type activity from './en/activity.json';
import type account from './en/account.json';
import type common from './en/common.json';
import type comparison from './en/comparison.json';
import type layer from './en/layer.json';
import type registryForm from './en/registry-form.json';
import type registry from './en/registry.json';
import type credentials from './en/credentials.json';
import type datastore from './en/datastore.json';
import type docker from './en/docker.json';
import type image from './en/image.json';
import type login from './en/login.json';
import type overview from './en/overview.json';
import type repositories from './en/repositories.json';
import type repository from './en/repository.json';
import type events from './en/events.json';
import type git from './en/git.json';
import type system from './en/system.json';
import type trash from './en/trash.json';
import type rights from './en/rights.json';
import type tokens from './en/tokens.json';
import type users from './en/users.json';
import type plan from './en/plan.json';
import type policies from './en/policies.json';
import type policy from './en/policy.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: {
      activity: typeof activity;
      account: typeof account;
      common: typeof common;
      comparison: typeof comparison;
      layer: typeof layer;
      datastore: typeof datastore;
      docker: typeof docker;
      image: typeof image;
      credentials: typeof credentials;
      registry: typeof registry;
      'registry-form': typeof registryForm;
      login: typeof login;
      overview: typeof overview;
      repositories: typeof repositories;
      repository: typeof repository;
      events: typeof events;
      git: typeof git;
      system: typeof system;
      trash: typeof trash;
      rights: typeof rights;
      tokens: typeof tokens;
      users: typeof users;
      plan: typeof plan;
      policies: typeof policies;
      policy: typeof policy;
    };
  }
}
