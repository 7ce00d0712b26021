import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  stripSearchParams,
} from '@tanstack/react-router';
import * as z from 'zod/mini';
import { EVERYTHING } from '../pages/activity/filter.ts';
import { KINDS, STATES } from '../pages/docker/registry-names.ts';
import { NotFound } from './not-found.tsx';
import { PageError } from './page-error.tsx';
import { Root } from './root.tsx';
import { orElse } from './search.ts';

const text = orElse(z.string(), '');
const state = orElse(z.enum(['', ...STATES]), '');
const kind = orElse(z.enum(['', ...KINDS]), '');

const root = createRootRoute({ component: Root, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/overview/overview-page.tsx'), 'OverviewPage'),
});

const docker = createRoute({
  getParentRoute: () => root,
  path: '/docker',
  validateSearch: z.object({
    q: text,
    state,
    kind,
    project: text,
    region: text,
  }),
  search: { middlewares: [stripSearchParams({ q: '', state: '', kind: '', project: '', region: '' })] },
  component: lazyRouteComponent(() => import('../pages/docker/docker-page.tsx'), 'DockerPage'),
});

const datastore = createRoute({
  getParentRoute: () => root,
  path: '/datastore',
  component: lazyRouteComponent(() => import('../pages/datastore/datastore-page.tsx'), 'DatastorePage'),
});

const git = createRoute({
  getParentRoute: () => root,
  path: '/git',
  component: lazyRouteComponent(() => import('../pages/git/git-page.tsx'), 'GitPage'),
});

const DAY = orElse(z.string().check(z.regex(/^(?:\d{4}-\d{2}-\d{2})?$/)), '');

const activity = createRoute({
  getParentRoute: () => root,
  path: '/activity',
  validateSearch: z.object({
    who: orElse(z.string(), ''),
    action: orElse(z.string().check(z.regex(/^(?:[a-z-]+\.(?:[a-z-]+|\*))?$/)), ''),
    repository: orElse(z.string(), ''),
    outcome: orElse(z.enum(['', 'done', 'refused', 'failed']), ''),
    since: DAY,
    until: DAY,
  }),
  search: { middlewares: [stripSearchParams(EVERYTHING)] },
  component: lazyRouteComponent(() => import('../pages/activity/activity-page.tsx'), 'ActivityPage'),
});

const events = createRoute({
  getParentRoute: () => root,
  path: '/events',
  component: lazyRouteComponent(() => import('../pages/events/events-page.tsx'), 'EventsPage'),
});

const webhook = createRoute({
  getParentRoute: () => root,
  path: '/events/$name',
  validateSearch: z.object({ state: orElse(z.enum(['', 'waiting', 'delivered', 'failed']), '') }),
  search: { middlewares: [stripSearchParams({ state: '' })] },
  component: lazyRouteComponent(() => import('../pages/events/webhook-page.tsx'), 'WebhookPage'),
});

const system = createRoute({
  getParentRoute: () => root,
  path: '/system',
  component: lazyRouteComponent(() => import('../pages/system/system-page.tsx'), 'SystemPage'),
});

const newRegistry = createRoute({
  getParentRoute: () => root,
  path: '/docker/new',
  validateSearch: z.object({ kind, project: text }),
  search: { middlewares: [stripSearchParams({ kind: '', project: '' })] },
  component: lazyRouteComponent(() => import('../pages/docker/form/registry-form-page.tsx'), 'NewRegistryPage'),
});

const registry = createRoute({
  getParentRoute: () => root,
  path: '/docker/$id',
  validateSearch: z.object({ repository: text, reference: text, q: text }),
  search: { middlewares: [stripSearchParams({ repository: '', reference: '', q: '' })] },
  component: lazyRouteComponent(() => import('../pages/docker/detail/registry-page.tsx'), 'RegistryPage'),
});

const editRegistry = createRoute({
  getParentRoute: () => root,
  path: '/docker/$id/edit',
  component: lazyRouteComponent(() => import('../pages/docker/form/registry-form-page.tsx'), 'EditRegistryPage'),
});

const REPOSITORIES = { q: '', sort: 'name', direction: 'ascending' } as const;

const repositoryPages = createRoute({ getParentRoute: () => root, path: '/repositories' });

const repositories = createRoute({
  getParentRoute: () => repositoryPages,
  path: '/',
  validateSearch: z.object({
    q: orElse(z.string(), REPOSITORIES.q),
    sort: orElse(z.enum(['name', 'size', 'tags', 'pushed', 'pulled']), REPOSITORIES.sort),
    direction: orElse(z.enum(['ascending', 'descending']), REPOSITORIES.direction),
  }),
  search: { middlewares: [stripSearchParams(REPOSITORIES)] },
  component: lazyRouteComponent(() => import('../pages/repositories/repositories-page.tsx'), 'RepositoriesPage'),
});

const TAGS = { q: '', sort: 'pushed', direction: 'descending' } as const;

const repository = createRoute({
  getParentRoute: () => repositoryPages,
  path: '$',
  validateSearch: z.object({
    q: orElse(z.string(), TAGS.q),
    sort: orElse(z.enum(['name', 'pushed', 'pulled']), TAGS.sort),
    direction: orElse(z.enum(['ascending', 'descending']), TAGS.direction),
  }),
  search: { middlewares: [stripSearchParams(TAGS)] },
  component: lazyRouteComponent(() => import('../pages/repository/repository-page.tsx'), 'RepositoryPage'),
});

const image = createRoute({
  getParentRoute: () => root,
  path: '/images/$',
  validateSearch: z.object({ view: orElse(z.string(), '') }),
  search: { middlewares: [stripSearchParams({ view: '' })] },
  component: lazyRouteComponent(() => import('../pages/image/image-page.tsx'), 'ImagePage'),
});

const TRASH = { q: '', by: '', kind: '', repository: '', plan: '' } as const;

const trash = createRoute({
  getParentRoute: () => root,
  path: '/trash',
  validateSearch: z.object({
    q: orElse(z.string(), TRASH.q),
    by: orElse(z.string(), TRASH.by),
    kind: orElse(z.enum(['', 'tag', 'manifest', 'repository']), TRASH.kind),
    repository: orElse(z.string(), TRASH.repository),
    plan: orElse(z.string(), TRASH.plan),
  }),
  search: { middlewares: [stripSearchParams(TRASH)] },
  component: lazyRouteComponent(() => import('../pages/trash/trash-page.tsx'), 'TrashPage'),
});

const TOKENS = { q: '', state: 'all', sort: 'name', direction: 'ascending', add: '' } as const;

const tokens = createRoute({
  getParentRoute: () => root,
  path: '/tokens',
  validateSearch: z.object({
    q: orElse(z.string(), TOKENS.q),
    state: orElse(z.enum(['all', 'active', 'expired', 'revoked']), TOKENS.state),
    sort: orElse(z.enum(['name', 'for', 'created', 'expires', 'used']), TOKENS.sort),
    direction: orElse(z.enum(['ascending', 'descending']), TOKENS.direction),
    add: orElse(z.enum(['', 'token']), TOKENS.add),
  }),
  search: { middlewares: [stripSearchParams(TOKENS)] },
  component: lazyRouteComponent(() => import('../pages/tokens/tokens-page.tsx'), 'TokensPage'),
});

const USERS = { q: '', sort: 'who', direction: 'ascending', add: '', person: '' } as const;

const users = createRoute({
  getParentRoute: () => root,
  path: '/users',
  validateSearch: z.object({
    q: orElse(z.string(), USERS.q),
    sort: orElse(z.enum(['who', 'pattern']), USERS.sort),
    direction: orElse(z.enum(['ascending', 'descending']), USERS.direction),
    add: orElse(z.enum(['', 'user', 'grant']), USERS.add),
    person: orElse(z.string(), USERS.person),
  }),
  search: { middlewares: [stripSearchParams(USERS)] },
  component: lazyRouteComponent(() => import('../pages/users/users-page.tsx'), 'UsersPage'),
});

const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  component: lazyRouteComponent(() => import('../pages/account/account-page.tsx'), 'AccountPage'),
});

const plan = createRoute({
  getParentRoute: () => root,
  path: '/plans/$id',
  component: lazyRouteComponent(() => import('../pages/plan/plan-page.tsx'), 'PlanPage'),
});

const policyPages = createRoute({ getParentRoute: () => root, path: '/policies' });

const policies = createRoute({
  getParentRoute: () => policyPages,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/policies/policies-page.tsx'), 'PoliciesPage'),
});

const newPolicy = createRoute({
  getParentRoute: () => policyPages,
  path: 'new',
  validateSearch: z.object({ preset: orElse(z.string(), '') }),
  search: { middlewares: [stripSearchParams({ preset: '' })] },
  component: lazyRouteComponent(() => import('../pages/policy/new-policy-page.tsx'), 'NewPolicyPage'),
});

const policy = createRoute({
  getParentRoute: () => policyPages,
  path: '$name',
  component: lazyRouteComponent(() => import('../pages/policy/policy-page.tsx'), 'PolicyPage'),
});

const comparison = createRoute({
  getParentRoute: () => root,
  path: '/comparison',
  validateSearch: z.object({ from: text, to: text, platform: text }),
  search: { middlewares: [stripSearchParams({ from: '', to: '', platform: '' })] },
  component: lazyRouteComponent(() => import('../pages/comparison/comparison-page.tsx'), 'ComparisonPage'),
});

const layer = createRoute({
  getParentRoute: () => root,
  path: '/layers/$',
  validateSearch: z.object({ q: text }),
  search: { middlewares: [stripSearchParams({ q: '' })] },
  component: lazyRouteComponent(() => import('../pages/layer/layer-page.tsx'), 'LayerPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    docker,
    activity,
    newRegistry,
    registry,
    editRegistry,
    datastore,
    git,
    tokens,
    users,
    account,
    events,
    webhook,
    system,
    repositoryPages.addChildren([repositories, repository]),
    image,
    comparison,
    layer,
    trash,
    plan,
    policyPages.addChildren([policies, newPolicy, policy]),
  ]),
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  defaultErrorComponent: PageError,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
